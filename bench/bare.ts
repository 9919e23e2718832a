import { join } from "node:path";
import { deliverable } from "./content.js";
import { checkCount, cpuFigures, measure, startRunSink, type EngineInput, type EngineRun } from "./engine.js";
import { startProcess } from "./processes.js";

/** What a `bare-worker` process is told. */
export interface BareTask {
  port: number;
  connections: number;
  htmlKb: number;
  /** Contacts `from` to `to`, both included; suppressed ones are left out. */
  from: number;
  to: number;
}

/** nodemailer's pool alone: as many processes as Floe sends with, the same mails, nothing recorded. */
export async function runBare({ options, stack, cleanup }: EngineInput): Promise<EngineRun> {
  const { recipients, senders, connections, htmlKb } = options;
  const sink = await startRunSink(cleanup);
  const workers = await Promise.all(
    Array.from({ length: senders }, async (_, no) => {
      const logFile = join(stack.folder, `bare-${no}.log`);
      const worker = await startProcess({ script: "bench/bare-worker.ts", logFile });
      await worker.next();
      return worker;
    }),
  );
  const share = Math.ceil(recipients / senders);
  const measured = await measure(sink, { workers: workers.map(({ pid }) => pid) }, async () => {
    await Promise.all(
      workers.map((worker, no) => {
        const task: BareTask = {
          port: sink.port,
          connections,
          htmlKb,
          from: no * share + 1,
          to: Math.min(recipients, (no + 1) * share),
        };
        worker.send(task);
        return worker.next();
      }),
    );
  });
  await Promise.all(workers.map((worker) => worker.stop()));
  await sink.stop();
  checkCount("bare", measured.sink.messages, deliverable(recipients));
  return {
    emails: measured.sink.messages,
    seconds: measured.seconds,
    figures: [
      { metric: "sending processes", value: senders, unit: "" },
      { metric: "size of an email", value: measured.sink.bytes / measured.sink.messages / 1024, unit: "kB" },
      ...cpuFigures(measured),
    ],
  };
}
