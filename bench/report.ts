import { stripVTControlCharacters } from "node:util";
import type { EngineRun } from "./engine.js";
import { cpuMetric, speedMetric } from "./metrics.js";
import type { Engine } from "./options.js";

/** One figure, as `--json` prints it. */
export interface Row {
  /** The engine that was measured. */
  name: string;
  metric: string;
  value: number;
  unit: string;
  /** How many times as fast Floe is, or as little CPU an email it takes. Null where nothing is compared. */
  ratio: number | null;
}

/** All rows of a run: what is compared first, with Floe's figure when Floe ran. */
export function toRows(runs: ReadonlyMap<Engine, EngineRun>): Row[] {
  const floe = runs.get("floe");
  const speeds = [...runs].map(([name, run]): Row => {
    const ratio = floe ? speedOf(floe) / speedOf(run) : null;
    return { name, metric: speedMetric, value: Math.round(speedOf(run)), unit: "1/min", ratio };
  });
  const floeCpu = floe && cpuOf(floe);
  const cpu = [...runs].flatMap(([name, run]): Row[] => {
    const value = cpuOf(run);
    if (value === undefined) return [];
    return [{ name, metric: cpuMetric, value, unit: "ms", ratio: floeCpu ? value / floeCpu : null }];
  });
  const figures = [...runs].flatMap(([name, run]) => [
    { name, metric: "emails", value: run.emails, unit: "", ratio: null },
    { name, metric: "time", value: run.seconds, unit: "s", ratio: null },
    ...run.figures
      .filter(({ metric }) => metric !== cpuMetric)
      .map((figure): Row => ({ name, ...figure, ratio: null })),
  ]);
  return [...speeds, ...cpu, ...figures].map((row) => ({
    ...row,
    value: round(row.value),
    ratio: row.ratio === null ? null : round(row.ratio),
  }));
}

/** Floe's rate and memory for campaigns of different size; ratios are those of the rate to that of the first. */
export function toSizeRows(runs: ReadonlyMap<number, EngineRun>): Row[] {
  const [first] = runs.values();
  return [...runs].flatMap(([recipients, run]) => {
    const name = `floe, ${recipients.toLocaleString("en")}`;
    const ratio = first ? round(speedOf(run) / speedOf(first)) : null;
    return [
      { name, metric: speedMetric, value: round(speedOf(run)), unit: "1/min", ratio },
      ...run.figures
        .filter(({ metric }) => metric.startsWith("memory") || metric === cpuMetric)
        .map((figure): Row => ({ name, ...figure, value: round(figure.value), ratio: null })),
    ];
  });
}

/** The run whose speed is the median; of an even number, the slower of the two in the middle. */
export function medianRun(runs: readonly EngineRun[]): EngineRun {
  const sorted = [...runs].sort((a, b) => speedOf(a) - speedOf(b));
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!median) throw new Error("No run was measured.");
  return median;
}

export function toTable(rows: readonly Row[]): string {
  const cells = [
    ["engine", "metric", "value", "", "Floe is"],
    ...rows.map((row) => [
      row.name,
      row.metric,
      row.value.toLocaleString("en", { maximumFractionDigits: 4 }),
      row.unit,
      ratioText(row),
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => stripVTControlCharacters(line[column] ?? "").length)),
  );
  return cells
    .map((line) =>
      line
        .map((cell, at) => (at === 2 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function ratioText({ name, metric, ratio }: Row): string {
  if (ratio === null || name === "floe") return "";
  return `${ratio.toFixed(2)} × as ${metric === cpuMetric ? "thrifty" : "fast"}`;
}

function cpuOf(run: EngineRun): number | undefined {
  return run.figures.find(({ metric }) => metric === cpuMetric)?.value;
}

function speedOf(run: EngineRun): number {
  return (run.emails / run.seconds) * 60;
}

/** Four significant digits; whole numbers stay whole. */
export function round(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}
