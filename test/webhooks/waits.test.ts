import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Delivery, Webhook, WebhookInput } from "../../client/webhooks.js";
import { defaultRetrySchedule } from "../../domain/webhook-delivery.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { createEndpoint, createTenant, ended } from "./fixture.js";

/** Days pass in an instant here: Temporal skips them, and what Postgres remembers is moved as far into the past. */
let env: TestWorkflowEnvironment;
let world: World;
let receiver: WebhookReceiver;

beforeAll(async () => {
  env = await startTimeSkipping();
  [world, receiver] = await Promise.all([
    startWorld({ temporal: { address: env.address, namespace: "default" } }),
    startWebhookReceiver(),
  ]);
});
afterAll(async () => {
  await receiver.kill();
  await env.teardown();
});

const hourMs = 3_600_000;
/** Time stands still while an endpoint is served, some seconds beyond each attempt. */
const patienceMs = 240_000;

/** One endpoint whose every answer is 500, and one event for it. */
async function failing(path: string, over: Partial<WebhookInput> = {}): Promise<Webhook> {
  const tenantId = await createTenant(world);
  const webhook = await createEndpoint({ world, receiver }, tenantId, path, over);
  await receiver.behave({ [path]: { keep: true, answers: [{ kind: "status", status: 500 }] } });
  await world.floe.webhooks.publish({ tenantId, type: "order.paid", data: {} });
  return webhook;
}

/** The delivery, once its nth attempt or a later one has been answered and that is written down. */
function attempted({ tenantId }: Webhook, attempt: number): Promise<Delivery> {
  return until(`attempt ${attempt} is recorded`, async () => {
    const [delivery] = await world.floe.webhooks.deliveries({ tenantId });
    if (delivery === undefined || delivery.attempts < attempt) return false;
    const attempts = await world.floe.webhooks.attempts({ tenantId, deliveryId: delivery.deliveryId });
    return attempts.at(-1)?.outcome === "answered" && delivery;
  });
}

async function letPass(ms: number, { webhookId }: Webhook): Promise<void> {
  await world.pool.query(
    `with waiting as (
       update webhook_deliveries set next_attempt_at = next_attempt_at - $2 * interval '1 millisecond'
       where webhook_id = $1 and status = 'pending'
     )
     update webhook_endpoints set failing_since = failing_since - $2 * interval '1 millisecond',
       blocked_until = blocked_until - $2 * interval '1 millisecond'
     where webhook_id = $1`,
    [webhookId, ms],
  );
  await env.sleep(ms);
}

/** Lets each wait pass until so many attempts were made. @returns milliseconds waited after each one */
async function spend(webhook: Webhook, attempts: number): Promise<number[]> {
  const waits: number[] = [];
  for (;;) {
    const { attempts: made, nextAttemptAt } = await attempted(webhook, waits.length + 1);
    // Jitter makes some waits so short that they are over by themselves while a longer one is skipped.
    while (waits.length < made - 1) waits.push(0);
    if (made >= attempts) return waits;
    const { blockedUntil } = await world.floe.webhooks.get(refOf(webhook));
    const untilMs = Math.max(nextAttemptAt?.getTime() ?? 0, blockedUntil?.getTime() ?? 0);
    const waitMs = Math.max(0, Math.ceil(untilMs - Date.now()));
    waits.push(waitMs);
    await letPass(waitMs, webhook);
  }
}

function refOf({ tenantId, webhookId }: Webhook) {
  return { tenantId, webhookId };
}

it(
  "tries for three days with waits that grow, then writes a dead letter; a person has it sent, under the same id",
  async () => {
    const webhook = await failing("/days");
    const { tenantId } = webhook;
    const waits = await spend(webhook, defaultRetrySchedule.maxAttempts);
    const [dead] = await ended(world, tenantId, { count: 1, status: "dead" });
    expect(dead).toMatchObject({ attempts: 22, responseStatus: 500 });
    const totalHours = waits.reduce((sum, waitMs) => sum + waitMs, 0) / hourMs;
    expect(totalHours).toBeGreaterThan(24);
    expect(totalHours).toBeLessThan(138);
    // Full jitter: a single one may be short, a third of them together are not.
    const sumOf = (from: number) => waits.slice(from, from + 7).reduce((sum, waitMs) => sum + waitMs, 0);
    expect(sumOf(0)).toBeLessThan(sumOf(7));
    expect(sumOf(7)).toBeLessThan(sumOf(14));
    expect(await world.floe.deadLetters.list({ tenantId })).toMatchObject([
      { kind: "webhook", deliveryId: dead?.deliveryId, reason: "answered 500", attempts: 22 },
    ]);

    await receiver.behave({ "/days": { keep: true } });
    await letPass(12 * hourMs, webhook);
    await world.floe.webhooks.retry({ tenantId, deliveryId: dead?.deliveryId ?? "" });
    await ended(world, tenantId, { count: 1, status: "delivered" });
    expect(await world.floe.deadLetters.list({ tenantId })).toEqual([]);
    const hits = await receiver.hits("/days");
    expect(hits).toHaveLength(23);
    expect(new Set(hits.map(({ webhookId }) => webhookId))).toEqual(new Set([dead?.messageId]));
  },
  patienceMs,
);

it(
  "is disabled after five days of nothing but failures, tells people, and sends what it kept when it is resumed",
  async () => {
    const webhook = await failing("/weary", { maxAttempts: 100 });
    const { tenantId } = webhook;
    await spend(webhook, 7);
    await letPass(5 * 24 * hourMs, webhook);
    await until(
      "it is disabled",
      async () => (await world.floe.webhooks.get(refOf(webhook))).status !== "active",
    );
    expect(await world.floe.webhooks.get(refOf(webhook))).toMatchObject({ disabledReason: "failing" });
    expect(await world.floe.notifications.list({ tenantId })).toMatchObject([
      { kind: "webhook.disabled", subjectId: webhook.webhookId },
    ]);
    const [kept] = await world.floe.webhooks.deliveries({ tenantId });
    expect(kept).toMatchObject({ status: "pending" });
    expect(kept?.attempts).toBeGreaterThanOrEqual(8);

    await receiver.behave({ "/weary": { keep: true } });
    await letPass(24 * hourMs, webhook);
    await world.floe.webhooks.resume(refOf(webhook));
    await ended(world, tenantId, { count: 1, status: "delivered" });
    expect(await world.floe.webhooks.get(refOf(webhook))).toMatchObject({ status: "active", failures: 0 });
  },
  patienceMs,
);
