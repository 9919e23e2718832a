import { afterAll, expect, it } from "vitest";
import { quantile } from "../../bench/quantile.js";
import { loadWebhooks } from "../../bench/webhook-load.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld } from "../support/world.js";

const [{ floe, pool }, receiver] = await Promise.all([startWorld(), startWebhookReceiver()]);
afterAll(() => receiver.kill());

/** A hanging request is given up after so long: the default timeout of an endpoint. */
const hangingMs = 15_000;

it("Endpoints that hang or fail never delay the others: each is told once, and none waits until a hanging request ends", async () => {
  const load = { events: 3_000, endpoints: 30, hang: 3, fail: 3, perSecond: 200 };
  const { delaysMs, requests, spoiltRequests } = await loadWebhooks({ floe, db: pool, receiver }, load);
  expect(requests).toBe(2_400);
  expect(quantile(delaysMs, 0.99)).toBeLessThan(hangingMs);
  // They were tried, and of their 600 events the breaker held most back.
  expect(spoiltRequests).toBeGreaterThan(0);
  expect(spoiltRequests).toBeLessThan(300);
}, 120_000);
