import { setTimeout as sleep } from "node:timers/promises";
import type { Floe } from "../client/connect.js";
import { sender } from "./content.js";
import type { BenchInput } from "./engine.js";
import { createAudience, type Audience } from "./floe-audience.js";
import { connectClient, startWorkers } from "./floe-workers.js";
import { quantile } from "./quantile.js";
import { round, type Row } from "./report.js";
import { watchedPrefix } from "./sink-session.js";
import { untilCounted, type SinkProcess } from "./smtp-sink.js";
import { connectDatabase } from "./stack.js";

/** The campaign has to outlast the emails; what is left of it is cancelled. */
const defaultRecipients = 300_000;
const defaultEmails = 300;
/** Between two emails, whatever became of those before. */
const intervalMs = 100;
/** Mails of the campaign after which it runs at full speed. */
const warm = 10_000;
const patienceMs = 120_000;

interface Latencies {
  /** From the request to the reply that its email is durable, milliseconds. */
  acceptedMs: number[];
  /** From the request to the SMTP server's reply to the message. */
  deliveredMs: number[];
}

/** Single emails on the priority-high lane, of the same tenant and node as a campaign that runs at full speed. */
export async function measurePriority(input: BenchInput): Promise<Row[]> {
  const { options, stack, sink, cleanup, say } = input;
  const { connections, htmlKb, senders } = options;
  const emails = options.emails ?? defaultEmails;
  const recipients = options.recipients ?? defaultRecipients;
  const floe = await connectClient(input);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const audience = await createAudience(floe, db, { port: sink.port, connections, htmlKb, recipients });
  const workers = await startWorkers(input, { transport: "pipelined", senders });
  say(`priority: ${emails} emails without a campaign`);
  await sink.reset();
  await sendEmails(floe, sink, audience, "warm", 20);
  const alone = await sendEmails(floe, sink, audience, "alone", emails);
  say(`priority: ${emails} emails beside a campaign of ${recipients}`);
  const send = await floe.campaigns.start(audience);
  await untilCounted(sink, warm);
  const before = { messages: (await sink.counts()).messages, atMs: Date.now() };
  const beside = await sendEmails(floe, sink, audience, "beside", emails);
  const perMinute =
    (((await sink.counts()).messages - before.messages) * 60_000) / (Date.now() - before.atMs);
  const { status } = await floe.campaigns.status(send);
  if (status === "completed")
    throw new Error("The campaign ended before the emails: give more --recipients.");
  await floe.campaigns.cancel(send);
  await floe.campaigns.wait(send);
  await workers.stop();
  await db.end();
  await floe.close();
  return [
    ...toPriorityRows("beside a campaign", beside),
    ...toPriorityRows("alone", alone),
    {
      name: "floe",
      metric: "emails a minute of the campaign meanwhile",
      value: round(perMinute),
      unit: "1/min",
      ratio: null,
    },
  ];
}

/** One after the other at a fixed pace, each awaited until its SMTP reply. */
async function sendEmails(
  floe: Floe,
  sink: SinkProcess,
  { tenantId }: Audience,
  label: string,
  emails: number,
): Promise<Latencies> {
  const addresses = Array.from(
    { length: emails },
    (_, no) => `${watchedPrefix}-${label}-${no}@bench.example`,
  );
  const begin = Date.now();
  const requests = addresses.map(async (recipient, no) => {
    await sleep(begin + no * intervalMs - Date.now());
    const requestedAtMs = Date.now();
    const variables = { email: recipient, first_name: "Reader", city: "Oslo", plan: "team" };
    await floe.emails.send({ tenantId, recipient, template: "news", variables, fromEmail: sender.email });
    return { recipient, requestedAtMs, acceptedMs: Date.now() - requestedAtMs };
  });
  const accepted = await Promise.all(requests);
  const watched = await untilWatched(sink, addresses);
  return {
    acceptedMs: accepted.map(({ acceptedMs }) => acceptedMs),
    deliveredMs: accepted.map(
      ({ recipient, requestedAtMs }) => (watched[recipient] ?? Number.NaN) - requestedAtMs,
    ),
  };
}

async function untilWatched(sink: SinkProcess, addresses: string[]): Promise<Record<string, number>> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(50)) {
    const { watched } = await sink.counts();
    const missing = addresses.filter((address) => watched[address] === undefined);
    if (missing.length === 0) return watched;
    if (Date.now() > deadline) throw new Error(`${missing.length} emails did not arrive.`);
  }
}

function toPriorityRows(when: string, { acceptedMs, deliveredMs }: Latencies): Row[] {
  const figures = [
    { what: "request to SMTP reply", values: deliveredMs },
    { what: "request to durable", values: acceptedMs },
  ];
  return figures.flatMap(({ what, values }) =>
    [0.5, 0.99].map((share): Row => ({
      name: "floe",
      metric: `priority email ${when}, ${what}: p${100 * share}`,
      value: round(quantile(values, share)),
      unit: "ms",
      ratio: null,
    })),
  );
}
