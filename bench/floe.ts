import type { Floe } from "../client/connect.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { deliverable } from "./content.js";
import {
  checkCount,
  cpuFigures,
  measure,
  sizeFigure,
  type BenchInput,
  type EngineRun,
  type Figure,
} from "./engine.js";
import { createAudience, type Audience } from "./floe-audience.js";
import { historyEvents } from "./floe-history.js";
import { connectClient, startWorkers, type FloeWorkers, type WorkerSetup } from "./floe-workers.js";
import { connectDatabase } from "./stack.js";
import { rowWrites, writesBetween } from "./row-writes.js";
import { peakRssMb } from "./usage.js";

export { environment } from "./floe-workers.js";

export interface FloeCampaign extends WorkerSetup {
  recipients: number;
  /** Of the SMTP server. */
  port: number;
  /** SMTP connections of a sender. */
  connections: number;
}

/** The product as it is: everything that is recorded in production is recorded here. */
export async function runFloe(input: BenchInput, campaign: FloeCampaign): Promise<EngineRun> {
  const { options, stack, sink, cleanup } = input;
  const { recipients } = campaign;
  const floe = await connectClient(input);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const audience = await createAudience(floe, db, { ...campaign, htmlKb: options.htmlKb });
  const writesBefore = await rowWrites(db);
  const workers = await startWorkers(input, campaign);
  // What seeding and the run before left to write is not this run's burden.
  await db.query("checkpoint");
  let sendId = "";
  const measured = await measure(sink, workers.parts, async () => {
    const send = await floe.campaigns.start(audience);
    sendId = send.sendId;
    const { finishedAt } = await floe.campaigns.wait(send);
    return finishedAt?.getTime();
  });
  await checkLedger(floe, { ...audience, sendId }, measured.sink.messages, recipients);
  const memory = await memoryFigures(workers);
  const events = await historyEvents(stack.temporal?.address ?? "", campaignWorkflowId(sendId));
  await workers.stop();
  // Only when their sessions have ended, all their writes are counted.
  const writes = writesBetween(writesBefore, await rowWrites(db));
  await db.end();
  await floe.close();
  const { messages, firstMessageAtMs, lastMessageAtMs } = measured.sink;
  return {
    emails: messages,
    seconds: measured.seconds,
    figures: [
      { metric: "sending processes", value: campaign.senders, unit: "" },
      sizeFigure(measured),
      { metric: "start to first mail", value: measured.firstMailMs / 1000, unit: "s" },
      {
        metric: wireMetric,
        value: (messages * 1_000) / ((lastMessageAtMs ?? 0) - (firstMessageAtMs ?? 0)),
        unit: "1/s",
      },
      { metric: "history events an email", value: events / messages, unit: "" },
      { metric: "Postgres row writes a recipient", value: writes.rows / recipients, unit: "" },
      { metric: "heap-only updates of the ledger", value: writes.ledgerHotPercent, unit: "%" },
      ...memory,
      ...cpuFigures(measured),
    ],
  };
}

/** Emails a second between the first and the last, without start and end of the campaign. */
export const wireMetric = "emails a second on the wire";

async function memoryFigures({ senders, orchestrator }: FloeWorkers): Promise<Figure[]> {
  const workers = [
    ...senders.map(({ pid }) => ({ metric: "memory of a sender, peak", pid })),
    { metric: "memory of the orchestrator, peak", pid: orchestrator.pid },
  ];
  const peaks = await Promise.all(
    workers.map(async ({ metric, pid }) => ({ metric, value: await peakRssMb(pid), unit: "MB" })),
  );
  return peaks.flatMap(({ value, ...peak }) => (value === null ? [] : [{ ...peak, value }]));
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
