/** The benchmark: `npm run bench -- --help`. */
import { FloeError } from "../domain/errors.js";
import { compareEngines } from "./compare.js";
import type { BenchInput } from "./engine.js";
import { compareLatency } from "./latency.js";
import { parseOptions, usage, type BenchOptions, type Part } from "./options.js";
import { measurePriority } from "./priority.js";
import { toTable, type Row } from "./report.js";
import { compareSizes } from "./sizes.js";
import { startSinkProcess } from "./smtp-sink.js";
import { createCleanup, startStack } from "./stack.js";

const measures: Record<Part, (input: BenchInput) => Promise<Row[]>> = {
  engines: compareEngines,
  sizes: compareSizes,
  latency: compareLatency,
  priority: measurePriority,
};

const cleanup = createCleanup();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.stderr.write("Stopping.\n");
    // Its servers are taken away from the engine that runs; what it makes of that is of no interest.
    process.on("uncaughtException", () => undefined);
    void cleanup.run().finally(() => process.exit(130));
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else await bench(options);
} catch (error) {
  const text =
    error instanceof FloeError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ""}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
  process.exit();
}

async function bench(options: BenchOptions): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  say("Starting the servers.");
  const needsFloe =
    options.parts.some((part) => part !== "engines") ||
    options.engines.some((engine) => engine.startsWith("floe"));
  const stack = await startStack(cleanup, { temporal: needsFloe });
  const sink = await startSinkProcess(stack.folder);
  const rows: Row[] = [];
  for (const part of options.parts)
    rows.push(...(await measures[part]({ options, stack, sink, cleanup, say })));
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${toTable(rows)}\n`);
}
