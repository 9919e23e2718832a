/** The benchmark: `npm run bench -- --help`. */
import { FloeError } from "../domain/errors.js";
import { runBare } from "./bare.js";
import { runBullmq } from "./bullmq.js";
import type { EngineInput, EngineRun } from "./engine.js";
import { parseOptions, usage, type BenchOptions, type Engine } from "./options.js";
import { runFloe } from "./floe.js";
import { medianRun, toMemoryRows, toRows, toTable, type Row } from "./report.js";
import { createCleanup, startStack } from "./stack.js";

const runners: Record<Engine, (input: EngineInput) => Promise<EngineRun>> = {
  floe: runFloe,
  bullmq: runBullmq,
  bare: runBare,
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
  const stack = await startStack(cleanup, { temporal: options.engines.includes("floe") });
  const input: EngineInput = { options, stack, cleanup, say };
  const rows = options.memory ? await measureMemory(input) : await compare(input);
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${toTable(rows)}\n`);
}

async function compare(input: EngineInput): Promise<Row[]> {
  const { options, say } = input;
  const runs = new Map<Engine, EngineRun[]>(options.engines.map((engine) => [engine, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const [engine, done] of runs) {
      say(`${engine}: ${options.recipients} recipients${options.rounds > 1 ? `, round ${round}` : ""}`);
      const run = await runners[engine](input);
      say(`${engine}: ${Math.round((run.emails / run.seconds) * 60)} emails/min`);
      done.push(run);
    }
  }
  return toRows(new Map([...runs].map(([engine, done]) => [engine, medianRun(done)])));
}

async function measureMemory(input: EngineInput): Promise<Row[]> {
  const runs = new Map<number, EngineRun>();
  for (const recipients of [input.options.recipients, 10 * input.options.recipients]) {
    input.say(`floe: ${recipients} recipients`);
    runs.set(recipients, await runFloe({ ...input, options: { ...input.options, recipients } }));
  }
  return toMemoryRows(runs);
}
