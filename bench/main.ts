/** The benchmark: `npm run bench -- --help`. */
import { FloeError } from "../domain/errors.js";
import { compareEngines } from "./compare.js";
import type { BenchInput } from "./engine.js";
import { compareImports } from "./import.js";
import { compareLatency } from "./latency.js";
import { parseOptions, usage, type BenchOptions, type Part } from "./options.js";
import { measureLists } from "./lists.js";
import { measurePriority } from "./priority.js";
import { toTable, type Row } from "./report.js";
import { measureSingle } from "./single.js";
import { compareSizes } from "./sizes.js";
import { startSinkProcess } from "./smtp-sink.js";
import { createCleanup, startStack } from "./stack.js";
import { measureWebhooks } from "./webhooks.js";

const measures: Record<Part, (input: BenchInput) => Promise<Row[]>> = {
  engines: compareEngines,
  sizes: compareSizes,
  latency: compareLatency,
  priority: measurePriority,
  single: measureSingle,
  import: measureImport,
  webhooks: measureWebhooks,
  lists: measureLists,
};

/** Of the import. */
const defaultRows = 2_000_000;
const defaultRounds = 3;

const cleanup = createCleanup();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.stderr.write("Stopping.\n");
    // Its servers are taken away from the engine that runs; what it makes of that is of no interest.
    interrupted = true;
    process.exitCode = 130;
    process.on("uncaughtException", () => undefined);
    void cleanup.run().finally(() => process.exit());
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else await bench(options);
} catch (error) {
  if (!interrupted) tell(error);
} finally {
  await cleanup.run();
  process.exit();
}

function tell(error: unknown): void {
  const text =
    error instanceof FloeError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ""}\n`);
  process.exitCode = 1;
}

async function bench(options: BenchOptions): Promise<void> {
  const rows: Row[] = [];
  for (const part of options.parts) rows.push(...(await runPart(part, options)));
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${toTable(rows)}\n`);
}

/** Each part on servers of its own: what one left in the database is not the next one's burden. */
async function runPart(part: Part, options: BenchOptions): Promise<Row[]> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const own = createCleanup();
  cleanup.add(() => own.run());
  say("Starting the servers.");
  const needsTemporal = part !== "engines" || options.engines.some((engine) => engine.startsWith("floe"));
  const stack = await startStack(own, { temporal: needsTemporal });
  const sink = await startSinkProcess(stack.folder);
  const rows = await measures[part]({ options, stack, sink, cleanup: own, say });
  await own.run();
  return rows;
}

function measureImport({ options, ...input }: BenchInput): Promise<Row[]> {
  const { rows, rounds, profile } = options;
  return compareImports({
    ...input,
    options: { rows: rows ?? defaultRows, rounds: rounds ?? defaultRounds, profile },
  });
}
