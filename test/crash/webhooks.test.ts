import { afterAll, beforeAll, expect, it } from "vitest";
import type { DeliveryAttempt } from "../../client/webhooks.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type Answer, type WebhookReceiver } from "../support/webhook-receiver.js";

const tenantId = "hooked";
let stack: CrashStack;
let receiver: WebhookReceiver;

beforeAll(async () => {
  [stack, receiver] = await Promise.all([startCrashStack(), startWebhookReceiver()]);
  await stack.floe.tenants.create({ tenantId, name: tenantId });
}, 120_000);
afterAll(async () => {
  await receiver.kill();
  await stack.close();
}, 60_000);

/** An endpoint that is told of one type, so that tests do not meet. */
async function endpoint(type: string, answers: Answer[]): Promise<string> {
  const path = `/${type}`;
  const { webhookId, secret } = await stack.floe.webhooks.create({
    ...{ tenantId, url: receiver.url(path), allowPrivate: true, eventTypes: [type] },
    ...{ timeoutMs: 5_000, retryBaseMs: 100, retryCapMs: 500, maxAttempts: 50 },
  });
  await receiver.behave({ [path]: { secret, answers } });
  return webhookId;
}

async function publish(type: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await stack.floe.webhooks.publish({ tenantId, type, data: { n } });
}

function delivered(webhookId: string, count: number) {
  return until(`${count} are delivered`, async () => {
    const page = { tenantId, webhookId, status: "delivered" as const, limit: 1_000 };
    const rows = await stack.floe.webhooks.deliveries(page);
    return rows.length === count && rows;
  });
}

async function attemptsOf(webhookId: string): Promise<DeliveryAttempt[]> {
  const [delivery] = await stack.floe.webhooks.deliveries({ tenantId, webhookId });
  return stack.floe.webhooks.attempts({ tenantId, deliveryId: delivery?.deliveryId ?? "" });
}

it("kill -9 while a request is under way: it is on record, and made again under the same id", async () => {
  const webhookId = await endpoint("order.asked", [{ kind: "hang" }, { kind: "status", status: 200 }]);
  await publish("order.asked", 1);
  await until("the request", async () => (await receiver.hits("/order.asked")).length === 1);
  await stack.parts.sender.kill();
  await delivered(webhookId, 1);
  const hits = await receiver.hits("/order.asked");
  expect(hits.map(({ verified }) => verified)).toEqual([true, true]);
  expect(new Set(hits.map(({ webhookId }) => webhookId)).size).toBe(1);
  expect(await attemptsOf(webhookId)).toMatchObject([
    { attempt: 1, outcome: null },
    { attempt: 2, outcome: "answered", responseStatus: 200 },
  ]);
}, 180_000);

it("kill -9 between a 2xx and its record: it is made again under the same id, and the first is on record", async () => {
  const webhookId = await endpoint("order.answered", [
    { kind: "late", afterMs: 2_000 },
    { kind: "status", status: 200 },
  ]);
  await publish("order.answered", 1);
  await until("the request", async () => (await receiver.hits("/order.answered")).length === 1);
  const lock = await stack.pool.connect();
  await lock.query("begin");
  await lock.query("select from webhook_deliveries where webhook_id = $1 for update", [webhookId]);
  const waiting = await until("the record waits for the lock", async () => {
    const { rows } = await stack.pool.query<{ pid: number }>(
      "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%webhook_attempts%'",
    );
    return rows[0];
  });
  await stack.parts.sender.kill();
  // As a connection that broke; else the server would still carry out what the dead process had asked for.
  await stack.pool.query("select pg_terminate_backend($1)", [waiting.pid]);
  await lock.query("rollback");
  lock.release();
  await delivered(webhookId, 1);
  expect(new Set((await receiver.hits("/order.answered")).map((hit) => hit.webhookId)).size).toBe(1);
  expect(await receiver.hits("/order.answered")).toHaveLength(2);
  expect(await attemptsOf(webhookId)).toMatchObject([{ outcome: null }, { responseStatus: 200 }]);
}, 180_000);

it("kill -9 of every part in turn, under way: every event arrives, under one id, and no attempt is off the record", async () => {
  const { parts } = stack;
  const webhookId = await endpoint("order.paid", [{ kind: "late", afterMs: 200 }]);
  const events = 400;
  const publishing = publish("order.paid", events);
  await until("the first", async () => (await receiver.hits("/order.paid")).length > 20);
  await parts.orchestrator.kill();
  await parts.sender.kill();
  await publishing;
  const before = (await receiver.hits("/order.paid")).length;
  await until("it goes on", async () => (await receiver.hits("/order.paid")).length > before + 20);
  for (const server of [parts.postgres, parts.temporal, parts.redis]) {
    await server.kill();
    await server.start();
  }
  await until("it goes on", async () => (await receiver.hits("/order.paid")).length > before + 40);
  await parts.sender.kill();
  await delivered(webhookId, events);

  const hits = await receiver.hits("/order.paid");
  expect(new Set(hits.map((hit) => hit.webhookId)).size).toBe(events);
  const { rows } = await stack.pool.query<{ attempts: number; lost: number }>(
    `select count(*)::int as attempts, count(*) filter (where a.outcome is null)::int as lost
     from webhook_attempts a join webhook_deliveries d on d.delivery_id = a.delivery_id where d.webhook_id = $1`,
    [webhookId],
  );
  expect(rows[0]?.attempts).toBeGreaterThanOrEqual(hits.length);
  // The kills have struck.
  expect(rows[0]?.lost).toBeGreaterThan(0);
}, 300_000);
