import { beforeAll, describe, expect, it } from "vitest";
import { laneQueue, orchestrationQueue } from "../../domain/lanes.js";
import { floe } from "../client/cli-process.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const path = "/api/queue/admin";

let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld();
  const { temporal, redisUrl } = world.config;
  const running = await runApi(world.config.databaseUrl, { temporal, redisUrl, apiToken });
  url = running.url;
  return () => running.api.close();
});

type Answer = Record<string, unknown>;

async function send(method: string, query: Record<string, string>, body?: object, base = url) {
  const response = await request(`${base}${path}?${new URLSearchParams(query).toString()}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}
const look = (action: string, query: Record<string, string> = {}) => send("GET", { action, ...query });
const act = (body: object) => send("POST", {}, body);

describe("GET /api/queue/admin", () => {
  it("says which parts are up, what waits, and who works", async () => {
    const { answer } = await until("everybody polls", async () => {
      const status = await look("status");
      return status.answer.up === true && status;
    });
    expect(answer).toMatchObject({
      parts: ["postgres", "redis", "temporal", "workers"].map((part) => ({ part, up: true, problem: null })),
      load: { factor: expect.any(Number) as number },
    });
    const stats = await look("stats");
    const queues = stats.answer.queues as { queue: string; kind: string; workers: number }[];
    expect(queues.map(({ queue }) => queue)).toEqual(
      expect.arrayContaining([orchestrationQueue, laneQueue("retry"), "io"]),
    );
    for (const queue of queues) expect(queue.workers).toBeGreaterThan(0);
    const { workers } = (await look("workers")).answer as { workers: { queues: string[] }[] };
    expect(workers).toHaveLength(1);
    expect(workers[0]?.queues).toHaveLength(7);
  });

  it("says what is away instead of failing", async () => {
    const lonely = await runApi(world.config.databaseUrl, { apiToken });
    try {
      const { status, answer } = await send("GET", { action: "status" }, undefined, lonely.url);
      expect({ status, up: answer.up, load: answer.load }).toEqual({ status: 200, up: false, load: null });
      expect(answer.parts).toMatchObject([
        { part: "postgres", up: true },
        { part: "redis", up: false, problem: "Redis is away." },
        { part: "temporal", up: false },
        { part: "workers", up: false },
      ]);
      expect((await send("GET", { action: "stats" }, undefined, lonely.url)).status).toBe(503);
    } finally {
      await lonely.api.close();
    }
  });

  it("is also a command", async () => {
    const { databaseUrl, redisUrl, temporal } = world.config;
    const env = {
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
      ...{ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace },
    };
    const [status, stats, workers, away] = await Promise.all([
      floe(["queues", "status"], env),
      floe(["queues", "stats"], env),
      floe(["--json", "queues", "workers"], env),
      floe(["queues", "status"], { ...env, REDIS_URL: "redis://127.0.0.1:1" }),
    ]);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^workers +yes/m) as string });
    expect(stats.stdout).toMatch(/^send-retry +activity +0/m);
    expect(JSON.parse(workers.stdout)).toHaveLength(1);
    expect(away).toMatchObject({ code: 1, stdout: expect.stringContaining("Redis is away.") as string });
  });
});

describe("POST /api/queue/admin", () => {
  it("pauses, inspects and resumes a send, and forgets its progress once it has ended", async () => {
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "admin.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { sendId } = await world.floe.campaigns.start({ tenantId, campaignId, at });
    const which = { tenant_id: tenantId, send_id: sendId };
    const inspect = { action: "inspect", tenant_id: tenantId, id: sendId };
    const standsAs = (wanted: string) =>
      until(`it is ${wanted}`, async () => (await act(inspect)).answer.status === wanted);

    expect(await act({ action: "pause", ...which })).toMatchObject({ status: 200, answer: { done: true } });
    await standsAs("paused");
    const counted = (await look("stats", { tenant_id: tenantId })).answer;
    expect(counted).toMatchObject({ work: [{ kind: "send", status: "paused", count: 1 }], dead_letters: 0 });
    expect((await act({ action: "remove", tenant_id: tenantId, id: sendId })).status).toBe(409);
    await act({ action: "resume", ...which });
    await standsAs("pending");
    await world.floe.campaigns.cancel({ tenantId, sendId });
    await standsAs("cancelled");
    expect((await act({ action: "retry", ...which })).status).toBe(409);
    expect((await act({ action: "remove", tenant_id: tenantId, id: sendId })).status).toBe(200);
    expect((await act(inspect)).status).toBe(404);
  });

  it("dismisses dead letters, and shows what a cleanup would remove", async () => {
    const { tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" });
    const none = { action: "remove", tenant_id: tenantId, dead_letter_ids: ["999999"] };
    expect(await act(none)).toMatchObject({ status: 200, answer: { dismissed: 0 } });
    const clean = await act({ action: "clean", dry_run: true });
    expect(clean).toMatchObject({ status: 200, answer: { lines: expect.any(Array) as unknown[] } });
    expect((await act({ action: "pause", schedule_id: "no-such-schedule" })).status).toBe(404);
  });

  it("refuses what it does not know, by the caller's names", async () => {
    const fields = async (body: object) =>
      ((await act(body)).answer.problems as { field: string }[]).map(({ field }) => field);
    expect(await fields({})).toEqual(["action"]);
    expect(await fields({ action: "toString" })).toEqual(["action"]);
    expect(await fields({ action: "pause" })).toEqual(["tenant_id", "send_id"]);
    expect(await fields({ action: "clean", tenant_id: "acme" })).toEqual(["tenant_id"]);
    expect(await fields({ action: "retry", id: "x" })).toEqual(["id"]);
    expect(await fields({ action: "clean", dry_run: "yes" })).toEqual(["dry_run"]);
    expect((await look("explode")).status).toBe(422);
    for (const method of ["GET", "POST"])
      expect((await request(`${url}${path}`, { method })).status).toBe(401);
  });
});
