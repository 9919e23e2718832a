import { randomUUID } from "node:crypto";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { QueueSample } from "../../activities/recurring-ports.js";
import { createTrends, type Trends } from "../../client/trends.js";
import { recordSeries } from "../../db/queue-series.js";
import { asTenant, createTenantPool } from "../../db/tenant-pool.js";
import { createTrendStore } from "../../db/trends.js";
import { recordBeat, type JobMinute, type ThroughputMinute } from "../../db/worker-beats.js";
import { InvalidInput } from "../../domain/errors.js";
import { classOfDuration, noDurations } from "../../domain/durations.js";
import { WorkCounter } from "../../workers/work-counter.js";
import { testDatabase } from "../setup/stack.js";

let pool: pg.Pool;
let trends: Trends;
let databaseUrl: string;

beforeAll(async () => {
  ({ pool, databaseUrl } = await testDatabase());
  trends = createTrends(createTrendStore(pool));
});

const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);
const day = { from: at("00:00:00"), to: at("23:59:59") };

function sampleOf(queue: string, waiting: number): QueueSample {
  return { queue, kind: "activity", waiting, oldestMs: waiting * 100, active: 2, delayed: 1, dead: 0 };
}

async function beat(
  workerId: string,
  jobs: Partial<JobMinute>[],
  throughput: ThroughputMinute[] = [],
): Promise<void> {
  const one = {
    ...{
      workerId,
      role: "sender",
      identity: "1@host",
      host: "host",
      pid: 1,
      version: "1",
      startedAt: new Date(),
    },
    ...{ memory: 0.5, rssBytes: 1, queues: [], stopping: false },
  };
  const rows = jobs.map((job) => ({
    ...{ minute: at("10:00:00"), queue: "io", completed: 0, failed: 0, busyMs: 0, durations: noDurations() },
    ...job,
  }));
  await recordBeat(pool, one, { jobs: rows, throughput });
}

async function pointsOf(queue: string, resolution: "minute" | "hour" | "day") {
  const { queues } = await trends.trends({ ...day, queue, resolution });
  return queues.flatMap(({ points }) => points);
}

test("samples of an hour become its mean and its most; what was not sampled is a gap, not zero", async () => {
  for (const [time, waiting] of [
    ["10:00:00", 10],
    ["10:01:00", 30],
    ["10:05:00", 20],
  ] as const) {
    await recordSeries(pool, at(time), [sampleOf("send-retry", waiting)]);
    // A sampler that died after its write writes again; the moment has its sample already.
    await recordSeries(pool, at(time), [sampleOf("send-retry", 1_000)]);
  }
  const minutes = await pointsOf("send-retry", "minute");
  expect(minutes.map((point) => [point.at, point.waiting])).toEqual([
    [at("10:00:00"), 10],
    [at("10:01:00"), 30],
    [at("10:05:00"), 20],
  ]);
  for (const resolution of ["hour", "day"] as const) {
    const points = await pointsOf("send-retry", resolution);
    expect(points).toMatchObject([
      { waiting: 20, mostWaiting: 30, oldestMs: 3_000, active: 2, completed: 0 },
    ]);
  }
});

test("what processes counted is added up once, however often they write it and the sampler takes it", async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  const durations = noDurations();
  durations[classOfDuration(40)] = 9;
  durations[classOfDuration(4_000)] = 1;
  await beat(one, [{ completed: 4, busyMs: 100, durations }]);
  await recordSeries(pool, at("10:01:00"), null);
  await beat(one, [{ completed: 9, failed: 1, busyMs: 4_360, durations }]);
  await beat(other, [{ completed: 10, busyMs: 640 }]);
  for (let times = 0; times < 2; times += 1) await recordSeries(pool, at("10:02:00"), null);

  // The sampler was away while work went on: there is no sample, and the work is there.
  for (const resolution of ["minute", "hour", "day"] as const) {
    const [point, ...others] = await pointsOf("io", resolution);
    expect(others).toEqual([]);
    expect(point).toMatchObject({ waiting: null, oldestMs: null, completed: 19, failed: 1, averageMs: 250 });
    expect(point?.p95Ms).toBeGreaterThan(2_500);
    expect(point?.p95Ms).toBeLessThanOrEqual(5_000);
  }
});

test("what a process could not write while Postgres was away is written afterwards, minute by minute", async () => {
  let nowMs = at("12:00:30").getTime();
  const counter = new WorkCounter(() => nowMs);
  const workerId = randomUUID();
  counter.began("webhooks");
  counter.ended("webhooks", { failed: false, ms: 10 });
  await expect(counter.write(() => Promise.reject(new Error("away")))).rejects.toThrow("away");
  nowMs += 60_000;
  counter.began("webhooks");
  expect(counter.active("webhooks")).toBe(1);
  counter.ended("webhooks", { failed: true, ms: 10 });
  await counter.write(({ jobs }) => beat(workerId, jobs));
  await counter.write(({ jobs }) => {
    expect(jobs).toEqual([]);
    return Promise.resolve();
  });
  await recordSeries(pool, at("12:02:00"), null);
  expect(await pointsOf("webhooks", "minute")).toMatchObject([
    { at: at("12:00:00"), completed: 1, failed: 0 },
    { at: at("12:01:00"), completed: 0, failed: 1 },
  ]);
  expect(await pointsOf("webhooks", "hour")).toMatchObject([{ completed: 1, failed: 1 }]);
});

test("a tenant sees what left for it, the platform also what left for everybody", async () => {
  const left = (tenantId: string, count: number): ThroughputMinute => ({
    ...{ minute: at("10:00:00"), tenantId, what: "email", lane: "retry", outcome: "sent", count },
  });
  await beat(randomUUID(), [], [left("acme", 3), left("other", 4)]);
  await beat(randomUUID(), [], [left("acme", 2)]);
  await recordSeries(pool, at("10:01:00"), null);
  const ofTenant = createTenantPool(databaseUrl);
  const asked = createTrends(createTrendStore(ofTenant));
  const sent = async (as: string | null, tenantId?: string): Promise<number[]> =>
    asTenant(as, async () =>
      (await asked.throughput({ ...day, resolution: "hour", ...(tenantId && { tenantId }) })).points.map(
        ({ count }) => count,
      ),
    );
  expect(await sent(null)).toEqual([9]);
  expect(await sent(null, "other")).toEqual([4]);
  expect(await sent("acme", "acme")).toEqual([5]);
  expect(await sent("acme", "other")).toEqual([]);
  expect(await sent("acme")).toEqual([]);
  await ofTenant.end();
});

test("a range that has too many points, or no time in it, is refused by its field", async () => {
  const [from, to] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-02-01T00:00:00Z")];
  await expect(trends.trends({ from, to, resolution: "minute" })).rejects.toThrow(
    /^resolution: has more than/,
  );
  await expect(trends.trends({ from: to, to: from })).rejects.toThrow(InvalidInput);
  expect(await trends.trends({ from, to })).toMatchObject({ resolution: "day", queues: [] });
});
