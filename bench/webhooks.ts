import { startWebhookReceiver } from "../test/support/webhook-receiver.js";
import type { BenchInput } from "./engine.js";
import { connectClient, startWorkers } from "./floe-workers.js";
import { quantile } from "./quantile.js";
import { round, type Row } from "./report.js";
import { connectDatabase } from "./stack.js";
import { cpuSeconds } from "./usage.js";
import { loadWebhooks } from "./webhook-load.js";

const defaultEvents = 100_000;
const defaultPerSecond = 1_000;

/** Events to 200 endpoints of which 20 hang and 20 fail: how soon the other ones are told, and at what CPU. */
export async function measureWebhooks(input: BenchInput): Promise<Row[]> {
  const { options, stack, cleanup, say } = input;
  const load = {
    events: options.events ?? defaultEvents,
    perSecond: options.perSecond ?? defaultPerSecond,
    ...{ endpoints: 200, hang: 20, fail: 20 },
  };
  const floe = await connectClient(input);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const receiver = await startWebhookReceiver();
  cleanup.add(() => receiver.kill());
  const workers = await startWorkers(input, { transport: "pipelined", senders: options.senders });
  say(`webhooks: ${load.events} events, ${load.perSecond} a second, to ${load.endpoints} endpoints`);
  const before = await partsCpu(workers.parts);
  const { delaysMs, seconds, requests } = await loadWebhooks({ floe, db, receiver }, load);
  const after = await partsCpu(workers.parts);
  await workers.stop();
  const figures = [
    { metric: "events a second, told of by healthy endpoints", value: requests / seconds, unit: "1/s" },
    ...[0.5, 0.99, 1].map((share) => ({
      metric: `event to first attempt: p${100 * share}`,
      value: quantile(delaysMs, share),
      unit: "ms",
    })),
    ...Object.keys(workers.parts).map((part) => ({
      metric: `CPU an event: ${part}`,
      value: (1_000 * ((after[part] ?? 0) - (before[part] ?? 0))) / load.events,
      unit: "ms",
    })),
  ];
  return figures.map(({ value, ...figure }) => ({
    ...{ name: "floe, webhooks", ...figure, value: round(value), ratio: null },
  }));
}

async function partsCpu(parts: Record<string, number[]>): Promise<Record<string, number>> {
  const readings = Object.entries(parts).map(
    async ([part, pids]) => [part, (await cpuSeconds(pids)) ?? 0] as const,
  );
  return Object.fromEntries(await Promise.all(readings));
}
