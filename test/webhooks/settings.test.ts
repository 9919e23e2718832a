import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { webhookWorkflowId } from "../../domain/ids.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type Hit, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { createEndpoint, createTenant, ended } from "./fixture.js";

let world: World;
let receiver: WebhookReceiver;
beforeAll(async () => {
  [world, receiver] = await Promise.all([
    startWorld({ config: { webhookRegion: "eu" } }),
    startWebhookReceiver(),
  ]);
});
afterAll(() => receiver.kill());

let tenantId: string;
beforeEach(async () => (tenantId = await createTenant(world)));

async function publish(n: number, over: { priority?: number } = {}): Promise<void> {
  await world.floe.webhooks.publish({ tenantId, type: "order.paid", data: { n }, ...over });
}

function numberOf({ body }: Hit): unknown {
  return (JSON.parse(body ?? "") as { data: { n: unknown } }).data.n;
}

describe("an endpoint", () => {
  it("that is paused keeps what it is to be told, and is told urgent things first when it is resumed", async () => {
    const ref = await createEndpoint({ world, receiver }, tenantId, "/urgent", { concurrency: 1 });
    const { webhookId } = ref;
    await world.floe.webhooks.pause({ tenantId, webhookId });
    for (const [n, priority] of [5, 3, 4, 1, 2].entries()) await publish(n, { priority });
    await until("they wait for it", async () => {
      const rows = await world.floe.webhooks.deliveries({ tenantId, webhookId, status: "pending" });
      return rows.length === 5;
    });
    expect(await receiver.hits("/urgent")).toEqual([]);
    await world.floe.webhooks.resume({ tenantId, webhookId });
    await ended(world, tenantId, { count: 5, status: "delivered" });
    expect((await receiver.hits("/urgent")).map(numberOf)).toEqual([3, 4, 1, 2, 0]);
  });

  it("gets no more requests a second than it was said to take", async () => {
    await createEndpoint({ world, receiver }, tenantId, "/slow", { perSecond: 4 });
    for (let n = 1; n <= 12; n += 1) await publish(n);
    await ended(world, tenantId, { count: 12, status: "delivered" });
    const times = (await receiver.hits("/slow")).map(({ atMs }) => atMs).sort((a, b) => a - b);
    // Four at once, and the other eight a quarter of a second apart.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_800);
  });

  it("gets no more requests at once than it was said to take", async () => {
    await createEndpoint({ world, receiver }, tenantId, "/few", { concurrency: 2, timeoutMs: 2_000 });
    await receiver.behave({ "/few": { keep: true, answers: [{ kind: "hang" }] } });
    for (let n = 1; n <= 6; n += 1) await publish(n);
    const hits = await until("its first attempts are over", async () => {
      const seen = await receiver.hits("/few");
      return seen.length >= 4 && seen;
    });
    const first = hits[0]?.atMs ?? 0;
    expect(hits.filter(({ atMs }) => atMs - first < 1_500)).toHaveLength(2);
  });

  it("has both secrets sign after a rotation, and the new one alone when the old one was ended", async () => {
    const path = "/rotated";
    const { webhookId, secret: old } = await createEndpoint({ world, receiver }, tenantId, path);
    const isVerifiedBy = async (secret: string) => {
      await receiver.behave({ [path]: { secret, keep: true } });
      const before = (await receiver.hits(path)).length;
      await publish(1);
      const hits = await until("it is told", async () => {
        const seen = await receiver.hits(path);
        return seen.length > before && seen;
      });
      return hits.at(-1)?.verified;
    };
    expect(await isVerifiedBy(old)).toBe(true);
    const { secret } = await world.floe.webhooks.rotateSecret({ tenantId, webhookId });
    // Whoever serves it may have read its settings some seconds ago.
    await until("the new secret signs", () => isVerifiedBy(secret).then((verified) => verified === true));
    expect(await isVerifiedBy(old)).toBe(true);
    const last = await world.floe.webhooks.rotateSecret({ tenantId, webhookId, keepOldMs: 0 });
    await until("the last one signs", () => isVerifiedBy(last.secret).then((verified) => verified === true));
    expect(await isVerifiedBy(secret)).toBe(false);
  });

  it("of a region waits for that region's workers, and is served at once when it changes to one that has some", async () => {
    const temporal = await createTemporalClient(world.config.temporal);
    const { webhookId } = await createEndpoint({ world, receiver }, tenantId, "/region", { region: "us" });
    await publish(1);
    await until("its workflow asks for a worker of the region", async () => {
      const { raw } = await temporal.workflow.getHandle(webhookWorkflowId(webhookId)).describe();
      return raw.pendingActivities?.length === 1;
    });
    expect(await receiver.hits("/region")).toEqual([]);
    await world.floe.webhooks.update({ tenantId, webhookId, region: "eu" });
    await ended(world, tenantId, { count: 1, status: "delivered" });
  });
});
