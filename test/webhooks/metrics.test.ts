import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { createEndpoint, createTenant, ended } from "./fixture.js";

let world: World;
let receiver: WebhookReceiver;
beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld(), startWebhookReceiver()]);
});
afterAll(() => receiver.kill());

it("metrics say what came of requests by the class of the answer, and how many are under way", async () => {
  const tenantId = await createTenant(world);
  const endpoint = (path: string, type: string) =>
    createEndpoint({ world, receiver }, tenantId, path, {
      eventTypes: [type],
      retryBaseMs: 3_600_000,
      retryCapMs: 3_600_000,
      timeoutMs: 60_000,
    });
  await endpoint("/well", "order.well");
  await endpoint("/ill", "order.ill");
  await endpoint("/hang", "order.hang");
  await receiver.behave({
    "/ill": { answers: [{ kind: "status", status: 500 }] },
    "/hang": { answers: [{ kind: "hang" }] },
  });
  for (const type of ["order.well", "order.ill", "order.hang"])
    await world.floe.webhooks.publish({ tenantId, type, data: {} });
  await ended(world, tenantId, { count: 1, status: "delivered" });
  const metrics = await until("one has failed and one is under way", async () => {
    const text = await world.metrics();
    return (
      /attempt_seconds_count\{.*outcome="5xx"/.test(text) && /requests_active\{.*\} 1\n/.test(text) && text
    );
  });
  expect(metrics).toMatch(/webhook_attempt_seconds_count\{.*outcome="2xx"\} 1\n/);
});
