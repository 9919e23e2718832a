/** Engines that only send: nothing is checked, recorded or counted but by the sink. */
import { join } from "node:path";
import { deliverable } from "./content.js";
import {
  checkCount,
  cpuFigures,
  measure,
  sizeFigure,
  type BenchInput,
  type EngineRun,
  type RunEngine,
} from "./engine.js";
import { startProcess } from "./processes.js";
import { fastest } from "./trial.js";

/** What a `bare-worker` or `limit-worker` process is told. */
export interface PlainTask {
  port: number;
  connections: number;
  htmlKb: number;
  /** Contacts `from` to `to`, both included; suppressed ones are left out. */
  from: number;
  to: number;
}

interface PlainEngine {
  name: "bare" | "limit";
  script: string;
  /** Recipients of one trial; the limit is over before it is warm with those of the others. */
  trialRecipients: number;
}

/** nodemailer's pool alone. */
export const bare: PlainEngine = { name: "bare", script: "bench/bare-worker.ts", trialRecipients: 8_000 };
/** The machine and the sink: prepared bytes through a minimal pipelining client. */
export const limit: PlainEngine = { name: "limit", script: "bench/limit-worker.ts", trialRecipients: 50_000 };

/** Finds out how many processes are fastest: one, or two of them. */
export async function preparePlain(engine: PlainEngine, input: BenchInput): Promise<RunEngine> {
  const attempt = async (processes: number, recipients: number) => {
    const run = await runPlain(engine, input, { processes, recipients });
    input.say(
      `${engine.name}: ${processes} processes: ${Math.round((run.emails / run.seconds) * 60)} emails/min`,
    );
    return run;
  };
  const processes = await fastest([1, 2], attempt, engine.trialRecipients);
  return (recipients) => runPlain(engine, input, { processes, recipients });
}

async function runPlain(
  { name, script }: PlainEngine,
  { options, stack, sink }: BenchInput,
  { processes, recipients }: { processes: number; recipients: number },
): Promise<EngineRun> {
  const { connections, htmlKb } = options;
  const workers = await Promise.all(
    Array.from({ length: processes }, async (_, no) => {
      const worker = await startProcess({ script, logFile: join(stack.folder, `${name}-${no}.log`) });
      await worker.next();
      return worker;
    }),
  );
  const share = Math.ceil(recipients / processes);
  const measured = await measure(sink, { workers: workers.map(({ pid }) => pid) }, async () => {
    await Promise.all(
      workers.map((worker, no) => {
        const range = { from: no * share + 1, to: Math.min(recipients, (no + 1) * share) };
        worker.send({ port: sink.port, connections, htmlKb, ...range } satisfies PlainTask);
        return worker.next();
      }),
    );
  });
  await Promise.all(workers.map((worker) => worker.stop()));
  checkCount(name, measured.sink.messages, deliverable(recipients));
  return {
    emails: measured.sink.messages,
    seconds: measured.seconds,
    figures: [
      { metric: "sending processes", value: processes, unit: "" },
      sizeFigure(measured),
      ...cpuFigures(measured),
    ],
  };
}
