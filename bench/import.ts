/** Contacts in and out against `\copy`. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { migrate } from "../db/migrate.js";
import { exportByCopy, importByCopy } from "./import-copy.js";
import { writeImportFile } from "./import-file.js";
import { startFloeContacts, type FloeContacts } from "./import-floe.js";
import { round, type Row } from "./report.js";
import { connectDatabase, type BenchStack, type Cleanup } from "./stack.js";
import { cpuSeconds } from "./usage.js";

export interface ImportBench {
  /** With Temporal. Nobody else may have contacts in its database. */
  stack: BenchStack;
  cleanup: Cleanup;
  options: ImportBenchOptions;
  /** Tells the person who waits what happens. */
  say: (text: string) => void;
}

export interface ImportBenchOptions {
  /** Contacts in the file. */
  rows: number;
  /** Each runs so often, in turn; the median counts. */
  rounds: number;
  /** Folder that receives CPU profiles of the importing and the exporting process. */
  profile: string | null;
}

/**
 * Imports one CSV file of 5 columns and exports what came of it, by `floe` (contacts.import through Temporal, with an
 * orchestrator and an io worker; contacts.export) and by `copy` (`\copy` into a bare table and the same upsert in one
 * statement; `\copy (select …) to stdout`). Before each, contacts are emptied, vacuumed and on the disk.
 */
export async function compareImports({ stack, cleanup, options, say }: ImportBench): Promise<Row[]> {
  await migrate(stack.postgres.url);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const path = join(stack.folder, "contacts.csv");
  say(`Writing a file of ${options.rows.toLocaleString("en")} contacts.`);
  await writeImportFile(path, options.rows);
  const floe = await startFloeContacts({ stack, cleanup, profile: options.profile });
  const bench = { db, path, rows: options.rows, pids: [stack.postgres.pid, ...floe.pids] };
  const movers = { floe, copy: createCopy(db) };
  const runs: Record<keyof typeof movers, Run[]> = { copy: [], floe: [] };
  for (let turn = 1; turn <= options.rounds; turn++) {
    for (const name of ["copy", "floe"] as const) {
      const run = await move(movers[name], bench);
      say(
        `Round ${turn}, ${name}: in ${run.import.seconds.toFixed(1)} s, out ${run.export.seconds.toFixed(1)} s`,
      );
      runs[name].push(run);
    }
  }
  const peakMb = await floe.peakMb();
  await floe.stop();
  await rm(path);
  return toImportRows(options.rows, runs, peakMb);
}

type Mover = Pick<FloeContacts, "import" | "export">;

function createCopy(db: pg.Client): Mover {
  return { import: (file) => importByCopy(db, file), export: (request) => exportByCopy(db, request) };
}

interface Cost {
  seconds: number;
  /** Of Postgres, Floe's processes and this one; null where there is no `/proc`. */
  cpuSeconds: number | null;
}

interface Run {
  import: Cost;
  export: Cost;
}

interface MoveInput {
  db: pg.Client;
  path: string;
  rows: number;
  pids: number[];
}

/** In and out again. */
async function move(mover: Mover, { db, path, rows, pids }: MoveInput): Promise<Run> {
  const tenantId = `import-${Date.now()}`;
  const out = `${path}.out`;
  await db.query("truncate contacts cascade");
  await settle(db);
  const imported = await measure(pids, () => mover.import({ tenantId, path, rows }));
  await settle(db);
  const exported = await measure(pids, () => mover.export({ tenantId, path: out, rows }));
  await rm(out);
  return { import: imported, export: exported };
}

/** What was left to do for what ran before must not burden what runs next. */
async function settle(db: pg.Client): Promise<void> {
  await db.query("vacuum analyze contacts");
  await db.query("checkpoint");
}

async function measure(pids: number[], work: () => Promise<void>): Promise<Cost> {
  const [cpuBefore, own, begin] = [await cpuSeconds(pids), process.cpuUsage(), performance.now()];
  await work();
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(own);
  const cpuAfter = await cpuSeconds(pids);
  if (cpuBefore === null || cpuAfter === null) return { seconds, cpuSeconds: null };
  return { seconds, cpuSeconds: cpuAfter - cpuBefore + (user + system) / 1e6 };
}

function toImportRows(
  contacts: number,
  runs: Record<"floe" | "copy", Run[]>,
  { importing, exporting }: { importing: number | null; exporting: number | null },
): Row[] {
  const rows = (["import", "export"] as const).flatMap((way) => {
    const secondsOf = (name: "floe" | "copy") => median(runs[name].map((run) => run[way].seconds));
    const cpuOf = (name: "floe" | "copy") =>
      median(runs[name].map((run) => run[way].cpuSeconds ?? Number.NaN));
    return (["floe", "copy"] as const).flatMap((name): Row[] => {
      const speed = { metric: `${way}: contacts a second`, value: contacts / secondsOf(name), unit: "1/s" };
      const cpu = { metric: `${way}: CPU a contact`, value: (cpuOf(name) / contacts) * 1e6, unit: "µs" };
      return [
        { name, ...speed, ratio: secondsOf(name) / secondsOf("floe") },
        { name, ...cpu, ratio: null },
      ];
    });
  });
  const memory = { name: "floe", unit: "MB", ratio: null };
  return [
    ...rows,
    { ...memory, metric: "import: memory of the importing process, peak", value: importing ?? Number.NaN },
    { ...memory, metric: "export: memory of the exporting process, peak", value: exporting ?? Number.NaN },
  ]
    .filter(({ value }) => !Number.isNaN(value))
    .map((row) => ({ ...row, value: round(row.value), ratio: row.ratio === null ? null : round(row.ratio) }));
}

/** Of an even number, the slower of the two in the middle. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
