import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectFloe, type Floe } from "../client/connect.js";
import { migrate } from "../db/migrate.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { freePort } from "../runtime/embedded/process.js";
import { deliverable } from "./content.js";
import { checkCount, cpuFigures, measure, startRunSink, type EngineInput, type EngineRun } from "./engine.js";
import { createAudience, type Audience } from "./floe-audience.js";
import { historyEvents } from "./floe-history.js";
import { startProcess, untilHealthy, type BenchProcess } from "./processes.js";
import { connectDatabase, type BenchStack } from "./stack.js";
import { rowWrites, writesBetween } from "./row-writes.js";
import { peakRssMb } from "./usage.js";

/** Environment of a worker that reads nothing but this stack. */
export function environment({ postgres, redis, temporal, folder }: BenchStack): Record<string, string> {
  return {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    TEMPORAL_ADDRESS: temporal?.address ?? "",
    FLOE_SECRET: "a-secret-of-the-benchmark",
    PUBLIC_URL: "https://bench.test",
    FLOE_DATA: folder,
  };
}

interface Workers {
  orchestrator: BenchProcess;
  senders: BenchProcess[];
}

/** The product as it is: everything that is recorded in production is recorded here. */
export async function runFloe(input: EngineInput): Promise<EngineRun> {
  const { options, stack, cleanup } = input;
  await migrate(stack.postgres.url);
  const sink = await startRunSink(cleanup);
  const env = environment(stack);
  const floe = await connectFloe({
    databaseUrl: stack.postgres.url,
    redisUrl: stack.redis.url,
    temporalAddress: env.TEMPORAL_ADDRESS ?? "",
    namespace: "default",
  });
  cleanup.add(() => floe.close());
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const audience = await createAudience(floe, db, {
    port: sink.port,
    connections: options.connections,
    htmlKb: options.htmlKb,
    recipients: options.recipients,
  });
  const writesBefore = await rowWrites(db);
  const workers = await startWorkers(input, env);
  const parts = {
    orchestrator: [workers.orchestrator.pid],
    senders: workers.senders.map(({ pid }) => pid),
    Temporal: [stack.temporal?.pid ?? 0],
    Redis: [stack.redis.pid],
    Postgres: [stack.postgres.pid],
  };
  let sendId = "";
  const measured = await measure(sink, parts, async () => {
    const send = await floe.campaigns.start(audience);
    sendId = send.sendId;
    const { finishedAt } = await floe.campaigns.wait(send);
    return finishedAt?.getTime();
  });
  await checkLedger(floe, { ...audience, sendId }, measured.sink.messages, options.recipients);
  const senderRss = await Promise.all(workers.senders.map(({ pid }) => peakRssMb(pid)));
  const orchestratorRss = await peakRssMb(workers.orchestrator.pid);
  const events = await historyEvents(stack.temporal?.address ?? "", campaignWorkflowId(sendId));
  await Promise.all([workers.orchestrator, ...workers.senders].map((worker) => worker.stop()));
  // Only when their sessions have ended, all their writes are counted.
  const writes = writesBetween(writesBefore, await rowWrites(db));
  await sink.stop();
  const { messages } = measured.sink;
  const memory = [
    ...senderRss.map((value) => ({ metric: "memory of a sender, peak", value, unit: "MB" })),
    { metric: "memory of the orchestrator, peak", value: orchestratorRss, unit: "MB" },
  ];
  return {
    emails: messages,
    seconds: measured.seconds,
    figures: [
      { metric: "sending processes", value: options.senders, unit: "" },
      { metric: "size of an email", value: measured.sink.bytes / messages / 1024, unit: "kB" },
      { metric: "start to first mail", value: measured.firstMailMs / 1000, unit: "s" },
      { metric: "history events an email", value: events / messages, unit: "" },
      { metric: "Postgres row writes a recipient", value: writes.rows / options.recipients, unit: "" },
      { metric: "heap-only updates of the ledger", value: writes.ledgerHotPercent, unit: "%" },
      ...memory.flatMap((figure) => (figure.value === null ? [] : [{ ...figure, value: figure.value }])),
      ...cpuFigures(measured),
    ],
  };
}

/** Fails unless every recipient is accounted for, and the sink counted what the ledger says. */
async function checkLedger(
  floe: Floe,
  send: Audience & { sendId: string },
  counted: number,
  recipients: number,
): Promise<void> {
  const { counts, accountedFor, possibleDuplicates } = await floe.campaigns.status(send);
  const expected = deliverable(recipients);
  const ledger = JSON.stringify({ ...counts, possibleDuplicates });
  if (!accountedFor || counts.sent !== expected || counts.suppressed !== recipients - expected) {
    throw new Error(`floe: the ledger does not account for ${recipients} recipients: ${ledger}`);
  }
  checkCount("floe", counted, expected);
}

/** One orchestrator and the senders, as `npm start` runs them. */
async function startWorkers({ options, stack }: EngineInput, env: Record<string, string>): Promise<Workers> {
  const profile = options.profile === null ? null : resolve(options.profile);
  if (profile !== null) await mkdir(profile, { recursive: true });
  const start = async (role: string, name: string): Promise<BenchProcess> => {
    const port = await freePort();
    const worker = await startProcess({
      script: "workers/main.ts",
      args: ["--role", role],
      env: { ...env, METRICS_PORT: String(port), QUEUE_CONCURRENCY: String(options.slots) },
      logFile: join(stack.folder, `floe-${name}.log`),
      // A folder each: tsx's own thread leaves a profile too.
      nodeOptions: profile === null ? [] : ["--cpu-prof", "--cpu-prof-dir", join(profile, name)],
    });
    await worker.unlessEnded(untilHealthy(`http://127.0.0.1:${port}/health/ready`, 120_000));
    return worker;
  };
  const [orchestrator, ...senders] = await Promise.all([
    start("orchestrator", "orchestrator"),
    ...Array.from({ length: options.senders }, (_, no) => start("sender", `sender-${no}`)),
  ]);
  if (!orchestrator) throw new Error("The orchestrator did not start.");
  return { orchestrator, senders };
}
