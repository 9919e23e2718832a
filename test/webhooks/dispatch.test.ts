import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Delivery, Webhook, WebhookInput } from "../../client/webhooks.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type Hit, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { createEndpoint, createTenant, ended as endedOf, type CreatedWebhook } from "./fixture.js";

let world: World;
let receiver: WebhookReceiver;
beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld(), startWebhookReceiver()]);
});
afterAll(() => receiver.kill());

let tenantId: string;
beforeEach(async () => (tenantId = await createTenant(world)));

function endpoint(path: string, over: Partial<WebhookInput> = {}): Promise<CreatedWebhook> {
  const quick = { retryBaseMs: 100, retryCapMs: 500, ...over };
  return createEndpoint({ world, receiver }, tenantId, path, quick);
}

function standing({ webhookId }: Webhook): Promise<Webhook> {
  return world.floe.webhooks.get({ tenantId, webhookId });
}

async function publish(count: number, over: { key?: string; priority?: number } = {}): Promise<void> {
  for (let n = 1; n <= count; n += 1)
    await world.floe.webhooks.publish({ tenantId, type: "order.paid", data: { n }, ...over });
}

async function hitsOf(path: string, count: number): Promise<Hit[]> {
  return until(`${count} hits of ${path}`, async () => {
    const hits = await receiver.hits(path);
    return hits.length >= count && hits;
  });
}

function bodies(hits: Hit[]): { type: string; data: Record<string, unknown> }[] {
  return hits.map(({ body }) => JSON.parse(body ?? "") as { type: string; data: Record<string, unknown> });
}

function ended(count: number, status: "delivered" | "dead"): Promise<Delivery[]> {
  return endedOf(world, tenantId, { count, status });
}

describe("webhook.dispatch", () => {
  it("delivers each event once, signed, to every endpoint that wants it and to no other", async () => {
    await endpoint("/all");
    await endpoint("/paid", { eventTypes: ["order.paid"] });
    await endpoint("/opened", { eventTypes: ["email.opened"] });
    await publish(20);
    const deliveries = await ended(40, "delivered");
    expect(new Set(deliveries.map(({ messageId }) => messageId)).size).toBe(40);
    for (const path of ["/all", "/paid"]) {
      const hits = await receiver.hits(path);
      expect(hits.map(({ verified }) => verified)).toEqual(Array(20).fill(true));
      expect(new Set(hits.map(({ webhookId }) => webhookId)).size).toBe(20);
      expect(
        bodies(hits)
          .map(({ data }) => data.n)
          .sort((a, b) => Number(a) - Number(b)),
      ).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    }
    expect(await receiver.hits("/opened")).toEqual([]);
  });

  it("tries again under the same id with a fresh time, until it succeeds; every attempt is written down", async () => {
    await endpoint("/twice");
    await receiver.behave({
      "/twice": {
        keep: true,
        answers: [
          { kind: "status", status: 500, body: "not yet" },
          { kind: "drop" },
          { kind: "status", status: 204 },
        ],
      },
    });
    await publish(1);
    const [delivery] = await ended(1, "delivered");
    const hits = await hitsOf("/twice", 3);
    expect(new Set(hits.map(({ webhookId }) => webhookId))).toEqual(new Set([delivery?.messageId]));
    const attempts = await world.floe.webhooks.attempts({
      tenantId,
      deliveryId: delivery?.deliveryId ?? "",
    });
    expect(attempts).toMatchObject([
      { attempt: 1, outcome: "answered", responseStatus: 500, response: "not yet" },
      { attempt: 2, outcome: "connection", responseStatus: null },
      { attempt: 3, outcome: "answered", responseStatus: 204 },
    ]);
  });

  it("ends as a dead letter after its last attempt, and is sent again when a person says so", async () => {
    await endpoint("/dead", { maxAttempts: 2 });
    await receiver.behave({ "/dead": { keep: true, answers: [{ kind: "status", status: 500 }] } });
    await publish(1);
    const [dead] = await ended(1, "dead");
    expect(await world.floe.deadLetters.list({ tenantId })).toMatchObject([
      { kind: "webhook", deliveryId: dead?.deliveryId, reason: "answered 500", attempts: 2 },
    ]);
    await receiver.behave({ "/dead": { keep: true } });
    await world.floe.webhooks.retry({ tenantId, deliveryId: dead?.deliveryId ?? "" });
    await ended(1, "delivered");
    expect(await world.floe.deadLetters.list({ tenantId })).toEqual([]);
    expect(new Set((await hitsOf("/dead", 3)).map(({ webhookId }) => webhookId)).size).toBe(1);
  });

  it("is disabled by 410 and says so to the tenant's other endpoints; what it was not told is kept", async () => {
    const gone = await endpoint("/gone", { eventTypes: ["order.paid"] });
    await endpoint("/watch", { eventTypes: ["webhook.disabled"] });
    await receiver.behave({ "/gone": { keep: true, answers: [{ kind: "status", status: 410 }] } });
    await publish(1);
    expect(bodies(await hitsOf("/watch", 1))).toMatchObject([
      { type: "webhook.disabled", data: { webhook_id: gone.webhookId, url: gone.url, reason: "gone" } },
    ]);
    await publish(1);
    await receiver.behave({ "/gone": { keep: true } });
    expect(await standing(gone)).toMatchObject({ status: "disabled", disabledReason: "gone" });
    expect(await world.floe.notifications.list({ tenantId })).toMatchObject([
      { kind: "webhook.disabled", subjectId: gone.webhookId },
    ]);
    await world.floe.webhooks.resume({ tenantId, webhookId: gone.webhookId });
    await ended(3, "delivered");
  });

  it("waits for as long as Retry-After says, with everything else for that endpoint", async () => {
    const webhook = await endpoint("/busy");
    await receiver.behave({
      "/busy": {
        keep: true,
        answers: [
          { kind: "status", status: 429, headers: { "retry-after": "2" } },
          { kind: "status", status: 200 },
        ],
      },
    });
    await publish(1);
    const [first] = await hitsOf("/busy", 1);
    await until("it is held back", async () => (await standing(webhook)).blockedUntil !== null);
    await publish(3);
    await ended(4, "delivered");
    const later = (await receiver.hits("/busy")).slice(1);
    expect(Math.min(...later.map(({ atMs }) => atMs)) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_900);
  });

  it("keeps the order of each key at a FIFO endpoint, also when one has to be tried again", async () => {
    await endpoint("/fifo", { fifo: true, concurrency: 10 });
    await receiver.behave({
      "/fifo": {
        keep: true,
        answers: [
          { kind: "status", status: 500 },
          { kind: "status", status: 200 },
        ],
      },
    });
    await publish(5, { key: "order-1" });
    await ended(5, "delivered");
    expect(bodies(await hitsOf("/fifo", 6)).map(({ data }) => data.n)).toEqual([1, 1, 2, 3, 4, 5]);
  });

  it("tells what was told already once within its window, and later what is to be told later", async () => {
    await endpoint("/dedup");
    const event = { tenantId, type: "order.paid", data: {}, dedupKey: "order-1" };
    const told = await Promise.all(Array.from({ length: 5 }, () => world.floe.webhooks.publish(event)));
    expect(told.filter((each) => each !== null)).toHaveLength(1);
    const deliverAfter = new Date(Date.now() + 2_000);
    await world.floe.webhooks.publish({ tenantId, type: "order.late", data: {}, deliverAfter });
    const hits = await hitsOf("/dedup", 2);
    expect(bodies(hits).map(({ type }) => type)).toEqual(["order.paid", "order.late"]);
    expect(hits[1]?.atMs).toBeGreaterThanOrEqual(deliverAfter.getTime());
  });

  it("never delays others by an endpoint that hangs; its breaker opens, and closes by a success", async () => {
    const hanging = await endpoint("/hang", { timeoutMs: 1_000, concurrency: 5 });
    await endpoint("/quick");
    await receiver.behave({ "/hang": { answers: [{ kind: "hang" }] } });
    await publish(10);
    await hitsOf("/quick", 10);
    expect((await receiver.hits("/hang")).length).toBeLessThan(10);
    const open = await until("the breaker opens", async () => {
      const webhook = await standing(hanging);
      return webhook.blockedUntil !== null && webhook;
    });
    expect(open.failures).toBeGreaterThanOrEqual(5);
    await receiver.behave({ "/hang": { answers: [{ kind: "status", status: 200 }] } });
    await ended(20, "delivered");
    expect(await standing(hanging)).toMatchObject({ failures: 0, failingSince: null });
    // The breaker's waits are random, up to half a minute each.
  }, 180_000);
});
