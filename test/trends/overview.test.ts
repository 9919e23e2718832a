import { beforeAll, expect, test } from "vitest";
import { asking, keyOf, type Ask } from "../api/asking.js";
import { runApi } from "../api/fixture.js";
import { createQueueSampling } from "../../workers/recurring-work.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

const apiToken = "a-token-of-the-overview-tests";
let world: World;
let asPlatform: Ask;
let asTenant: Ask;
let asStranger: Ask;
let tenantId: string;
let nodeId: string;

beforeAll(async () => {
  world = await startWorld();
  const { databaseUrl, redisUrl, temporal } = world.config;
  const { api, url } = await runApi(databaseUrl, { redisUrl, temporal, apiToken });
  ({ tenantId, nodeId } = await createAudience(world, { contacts: 5, domain: "overview.example" }));
  await world.floe.tenants.create({ tenantId: "stranger", name: "Stranger" });
  asPlatform = asking(url, apiToken);
  asTenant = asking(url, await keyOf(world, tenantId));
  asStranger = asking(url, await keyOf(world, "stranger"));
  return () => api.close();
});

async function sample(): Promise<void> {
  const client = await createTemporalClient(world.config.temporal);
  const sampling = createQueueSampling(world.pool, () => Promise.resolve(client));
  await sampling.record(new Date(), await sampling.sample());
  await client.connection.close();
}

interface Row {
  outcome?: string;
  count?: number;
  queue?: string;
  completed?: number;
}

async function sentOf(ask: Ask): Promise<number | undefined> {
  const { body } = await ask("GET", "/api/queues/throughput");
  return (body.points as Row[]).find(({ outcome }) => outcome === "sent")?.count;
}

test("a worker process is seen at work: its queues, slots, version and memory, and what it did", async () => {
  const send = await world.floe.campaigns.start(await createCampaign(world, tenantId));
  await world.floe.campaigns.wait(send);
  const [worker] = await until("the worker has told what it did", async () => {
    const workers = await world.floe.queues.workers();
    return workers.some(({ completed }) => completed > 0) && workers;
  });
  expect(worker).toMatchObject({
    role: "all",
    pid: process.pid,
    version: expect.stringMatching(/^\d/) as string,
  });
  expect(worker?.queues).toContainEqual({ queue: "send-campaign-standard", slots: 4, active: 0 });
  expect(worker?.memory).toBeGreaterThan(0);
  expect(["active", "idle"]).toContain(worker?.state);
});

test("what left is there by tenant over HTTP, and for all together; queues are the platform's alone", async () => {
  await until("all five are told", async () => {
    await sample();
    return (await sentOf(asTenant)) === 5;
  });
  expect(await sentOf(asPlatform)).toBe(5);
  expect(await sentOf(asStranger)).toBeUndefined();
  expect((await asTenant("GET", "/api/queues/trends")).status).toBe(403);
  expect((await asTenant("GET", `/api/queues/throughput?tenant_id=stranger`)).status).toBe(403);
  const { body } = await asPlatform("GET", "/api/queues/trends?resolution=hour");
  const sending = (body.queues as { queue: string; lane: string; points: Row[] }[]).find(
    ({ lane }) => lane === "campaign-standard",
  );
  expect(sending?.points.at(-1)?.completed).toBeGreaterThan(0);

  const all = (await asPlatform("GET", "/api/queues/overview")).body;
  expect((all.queues as Row[]).map(({ queue }) => queue)).toContain("send-campaign-standard");
  expect(all.workers).toHaveLength(1);
  const own = (await asTenant("GET", "/api/queues/overview")).body;
  expect(own).toMatchObject({ queues: null, workers: null, dead_letters: 0 });
  expect(own.throughput).toEqual([{ what: "email", lane: "campaign-standard", outcome: "sent", count: 5 }]);
});

test("the overview says which limit holds what back now, to whom it belongs", async () => {
  await world.floe.limits.set({ scope: "node", key: nodeId, perDay: 2 });
  const send = await world.floe.campaigns.start(await createCampaign(world, tenantId));
  const [hold] = await until("the limit holds the send back", async () => {
    const { body } = await asTenant("GET", "/api/queues/overview");
    return (body.holds as Record<string, unknown>[]).length > 0 && (body.holds as Record<string, unknown>[]);
  });
  expect(hold).toMatchObject({ send_id: send.sendId, held_by: `node:${nodeId} day`, recipients: 3 });
  expect((await asPlatform("GET", "/api/queues/overview")).body.holds).toMatchObject([
    { tenant_id: tenantId },
  ]);
  const { body } = await asStranger("GET", "/api/queues/overview");
  expect(body).toMatchObject({ holds: [], lanes: [], throughput: [] });
  await world.floe.campaigns.cancel(send);
  await world.floe.campaigns.wait(send);
});
