import { afterAll, expect, it } from "vitest";
import type { Delivery, Webhook } from "../../client/webhooks.js";
import { testKeys } from "../support/keys.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";
import { until } from "../support/until.js";
import { startWorld } from "../support/world.js";
import { floe } from "./cli-process.js";

const [world, receiver] = await Promise.all([startWorld(), startWebhookReceiver()]);
afterAll(() => receiver.kill());

it("a webhook is created, tested, looked at, changed and removed by command; mistakes are told by field", async () => {
  const tenantId = "hooked";
  await world.floe.tenants.create({ tenantId, name: tenantId });
  const { databaseUrl, redisUrl, temporal } = world.config;
  const environment = {
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporal.address },
    ...{ TEMPORAL_NAMESPACE: temporal.namespace, FLOE_ENCRYPTION_KEYS: testKeys },
  };
  const run = (...args: string[]) => floe(["webhooks", ...args, "--tenant", tenantId], environment);
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await run(...args, "--json");
    expect([code, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout) as T;
  };

  expect((await run("list")).stdout).toContain("No webhooks yet");
  const { webhookId, secret } = await json<Webhook & { secret: string }>(
    ...["create", receiver.url("/cli"), "--allow-private", "--event", "email.bounced", "order.paid"],
  );
  await receiver.behave({ "/cli": { secret } });
  await json("test", webhookId);
  const [delivery] = await until("the test arrived", async () => {
    const rows = await json<Delivery[]>("deliveries", webhookId, "--status", "delivered");
    return rows.length > 0 && rows;
  });
  expect(delivery).toMatchObject({ type: "webhook.test", attempts: 1, responseStatus: 200 });
  expect(await receiver.hits("/cli")).toMatchObject([{ verified: true }]);
  expect((await run("attempts", delivery?.deliveryId ?? "")).stdout).toMatch(/answered +200/);

  const rotated = await json<{ secret: string }>("rotate-secret", webhookId);
  expect(rotated.secret).not.toBe(secret);
  await json("retry", delivery?.deliveryId ?? "");
  await until("both secrets sign", async () => {
    const hits = await receiver.hits("/cli");
    return hits.length === 2 && hits.every(({ verified }) => verified === true);
  });

  expect((await run("pause", webhookId)).stdout).toContain("is paused");
  const changed = await run("update", webhookId, "--every-event", "--rate", "5", "--fifo");
  expect(changed.stdout).toMatch(/Events +every event/);
  expect(changed.stdout).toMatch(/Requests a second +5/);
  expect((await run("list")).stdout).toMatch(/every event +paused/);

  const wrong = await run("create", "https://user@example.com:25", "--event", "email.arrived");
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("url: must not contain a user");
  expect(wrong.stderr).toContain("eventTypes.0: is not an event type");
  expect((await floe(["webhooks", "event-types"], environment)).stdout).toContain("email.unsubscribed");
  expect((await run("remove", webhookId, "--yes")).stdout).toContain("is removed");
  expect(await json<Webhook[]>("list")).toEqual([]);
}, 180_000);
