import type { BenchInput, EngineRun } from "./engine.js";
import { runFloe } from "./floe.js";
import { medianRun, toSizeRows, type Row } from "./report.js";

const usualSizes = [50_000, 500_000];

/** Floe with campaigns of different size, in turn: whether the rate holds, and a worker's memory stays. */
export async function compareSizes(input: BenchInput): Promise<Row[]> {
  const { options, sink, say } = input;
  const { senders, connections, recipients: asked } = options;
  const sizes = asked === null ? usualSizes : [...usualSizes.filter((size) => size < asked), asked];
  const runs = new Map<number, EngineRun[]>(sizes.map((size) => [size, []]));
  for (let round = 1; round <= (options.rounds ?? 1); round++) {
    for (const [recipients, done] of runs) {
      say(`floe: ${recipients} recipients`);
      const setup = { transport: "pipelined", senders, connections, port: sink.port } as const;
      const run = await runFloe(input, { ...setup, recipients });
      say(`floe: ${Math.round((run.emails / run.seconds) * 60)} emails/min`);
      done.push(run);
    }
  }
  return toSizeRows(new Map([...runs].map(([size, done]) => [size, medianRun(done)])));
}
