import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createAnalyticsStore } from "../../db/analytics.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { Way } from "../support/way.js";
import { request, runApi, trackedRecipient, type RunningApi, type TrackedRecipient } from "./fixture.js";

let database: TestDatabase;
let way: Way;
let running: RunningApi;
let who: TrackedRecipient;

beforeAll(async () => {
  database = await testDatabase();
  way = new Way(database.databaseUrl);
  await way.open();
  running = await runApi(way.databaseUrl);
  who = await trackedRecipient(database.pool);
});
afterAll(() => way.cut());

async function counted(): Promise<{ opens: number; clicks: number }> {
  return createAnalyticsStore(database.pool).loadAnalytics(who.tenantId, who.sendId);
}

test("while Postgres is away readers are answered, and what they did is written when it is back", async () => {
  const { url } = running;
  expect((await request(`${url}/c/${who.token}/0`)).status).toBe(302);
  expect((await request(`${url}/health/ready`)).status).toBe(200);

  await way.cut();
  expect((await request(`${url}/health/ready`)).status).toBe(503);
  expect((await request(`${url}/health/live`)).status).toBe(200);
  const opens = await Promise.all(Array.from({ length: 20 }, () => request(`${url}/o/${who.token}.gif`)));
  expect(opens.map((answer) => answer.status)).toEqual(opens.map(() => 200));
  // The link is known from the click before.
  expect((await request(`${url}/c/${who.token}/1`)).status).toBe(302);

  // A wish that could not be written down must not be answered as if it were.
  const unsubscribe = await request(`${url}/u/${who.token}`, { method: "POST" });
  expect(unsubscribe.status).toBe(503);
  expect(unsubscribe.headers.get("retry-after")).toBe("10");
  expect(unsubscribe.headers.get("content-type")).toMatch(/problem\+json/);
  expect(await counted()).toMatchObject({ opens: 0, clicks: 1 });

  await way.open();
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ opens: 20, clicks: 2 }), {
    timeout: 20_000,
  });
});

test("what waits when the server stops is written before it has stopped", async () => {
  const before = await counted();
  const answers = [1, 2, 3].map(() => request(`${running.url}/o/${who.token}.gif`));
  await vi.waitFor(async () => expect((await Promise.race(answers)).status).toBe(200));
  const closing = running.api.close();
  await Promise.allSettled(answers);
  await closing;
  expect((await counted()).opens).toBeGreaterThan(before.opens);
  await expect(request(`${running.url}/health/live`)).rejects.toThrow();
});
