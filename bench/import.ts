/** Importing contacts against `\copy`: `node --import tsx bench/import.ts --help`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type pg from "pg";
import { migrate } from "../db/migrate.js";
import { runCopy } from "./import-copy.js";
import { writeImportFile } from "./import-file.js";
import { startImporter } from "./import-floe.js";
import { toTable, type Row } from "./report.js";
import { connectDatabase, createCleanup, startStack } from "./stack.js";

const usage = `Usage: node --import tsx bench/import.ts [options]

Imports one CSV file of 5 columns, on this machine, with each of
  floe     the product: contacts.import through Temporal, with an orchestrator and an io worker
  copy     \\copy into a bare table, and the same upsert in one statement: nothing is checked or resumable

  --rows N          contacts in the file (200000)
  --rounds N        each runs N times, in turn, each time for a new tenant; the median is printed (3)
  --profile FOLDER  a CPU profile of the importing worker
  --json            the rows as JSON: name, metric, value, unit, ratio
  --help            this text
`;

interface ImportOptions {
  rows: number;
  rounds: number;
  profile: string | null;
  json: boolean;
}

const cleanup = createCleanup();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.on("uncaughtException", () => undefined);
    void cleanup.run().finally(() => process.exit(130));
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else await bench(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
  process.exit();
}

/** @returns null when the help was asked for. */
function parseOptions(args: string[]): ImportOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "200000" },
      rounds: { type: "string", default: "3" },
      profile: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const count = (name: "rows" | "rounds"): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} must be a whole number above zero.`);
  };
  return { rows: count("rows"), rounds: count("rounds"), profile: values.profile ?? null, json: values.json };
}

async function bench({ rows, rounds, profile, json }: ImportOptions): Promise<void> {
  const stack = await startStack(cleanup, { temporal: true });
  await migrate(stack.postgres.url);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const file = { path: join(stack.folder, "contacts.csv"), rows };
  await writeImportFile(file.path, rows);
  const importer = await startImporter(stack, cleanup, profile);
  const seconds = { floe: [] as number[], copy: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    seconds.copy.push(await settled(db, () => runCopy(db, file)));
    seconds.floe.push(await settled(db, () => importer.run(file)));
    process.stderr.write(`Round ${round}: copy ${say(seconds.copy)}, floe ${say(seconds.floe)}\n`);
  }
  const memory = await importer.peakRssMb();
  await importer.stop();
  const result = toImportRows(rows, { floe: median(seconds.floe), copy: median(seconds.copy), memory });
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${toTable(result)}\n`);
}

/** What the run before left to write must not be this one's burden. */
async function settled(db: pg.Client, run: () => Promise<number>): Promise<number> {
  await db.query("checkpoint");
  return run();
}

function say(seconds: readonly number[]): string {
  return `${(seconds.at(-1) ?? 0).toFixed(1)} s`;
}

/** Of an even number, the slower of the two in the middle. */
function median(seconds: readonly number[]): number {
  return [...seconds].sort((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Number.NaN;
}

function toImportRows(
  rows: number,
  { floe, copy, memory }: { floe: number; copy: number; memory: number | null },
): Row[] {
  const speed = { metric: "contacts imported", unit: "1/s" };
  const figures: Row[] = [
    { name: "floe", ...speed, value: Math.round(rows / floe), ratio: 1 },
    { name: "copy", ...speed, value: Math.round(rows / copy), ratio: Number((copy / floe).toFixed(3)) },
    { name: "floe", metric: "time", value: Number(floe.toFixed(2)), unit: "s", ratio: null },
    { name: "copy", metric: "time", value: Number(copy.toFixed(2)), unit: "s", ratio: null },
  ];
  if (memory === null) return figures;
  return [
    ...figures,
    { name: "floe", metric: "memory of the importing process, peak", value: memory, unit: "MB", ratio: null },
  ];
}
