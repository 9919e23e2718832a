import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Unavailable } from "../../domain/errors.js";
import { startRedis, type EmbeddedRedis } from "../../runtime/embedded/redis.js";
import { createJournal } from "../../throttle/journal.js";
import { readPermitStatus } from "../../throttle/limits-status.js";
import { createPermits } from "../../throttle/permits.js";
import { createRedis } from "../../throttle/redis.js";
import { testDatabase } from "../setup/stack.js";
import { granted, limit, names, request, limitsFrom, slowing } from "./factory.js";
import { announcing, batchKey, range } from "./journal-contract.js";

const { pool } = await testDatabase();
let folder: string;
let server: EmbeddedRedis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-outage-"));
  server = await startRedis({ folder });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function kill(): Promise<void> {
  process.kill(server.pid, "SIGKILL");
  expect((await server.exited).signal).toBe("SIGKILL");
}

async function restart(): Promise<void> {
  server = await startRedis({ folder, port: server.port });
}

function connect(whenAway: "fail" | "retry", lines: string[] = []) {
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const redis = createRedis(server.url, { whenAway, name: "test", log });
  afterAll(() => redis.disconnect());
  return redis;
}

describe("While Redis is away", () => {
  test("no permit is granted, and permits go on where they stood when it is back", async () => {
    const of = names();
    const lines: string[] = [];
    const redis = connect("fail", lines);
    const limits = [limit("node", of.nodeId, { perDay: 10 })];
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
    });
    expect(await granted(permits, of, 6)).toBe(6);
    const onTheWire = Array.from({ length: 50 }, () => permits.acquire(request(of, 0), null));
    const settled = Promise.allSettled(onTheWire);
    await kill();
    await settled;
    await expect(permits.acquire(request(of, 1), null)).rejects.toBeInstanceOf(Unavailable);
    await expect(permits.slowDown(slowing(of))).rejects.toBeInstanceOf(Unavailable);
    permits.release("unknown");
    await expect(readPermitStatus(redis, limits, { timeZone: "UTC" })).rejects.toBeInstanceOf(Unavailable);
    await restart();
    await expect.poll(() => granted(permits, of, 9).catch(() => "away"), { timeout: 10_000 }).toBe(4);
    await expect
      .poll(() => lines.map((line) => (JSON.parse(line) as { msg: string }).msg))
      .toEqual(["redis.away", "redis.back"]);
  });

  test("a request that gave up takes nothing later", async () => {
    const of = names();
    const limits = [limit("node", of.nodeId, { perDay: 10 })];
    const redis = connect("fail");
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
    });
    await permits.acquire(request(of, 0), null);
    await kill();
    const waiting = Array.from({ length: 20 }, () => permits.acquire(request(of, 1), null));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).not.toContain("fulfilled");
    await restart();
    await expect.poll(() => granted(permits, of, 99).catch(() => "away"), { timeout: 10_000 }).toBe(10);
  });

  test("a server that does not answer is as good as gone, and what it grants late is given back", async () => {
    const of = names();
    const limits = [limit("tenant", of.tenantId, { concurrency: 5 })];
    const redis = connect("fail");
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
    });
    await permits.acquire(request(of, 0), null);
    process.kill(server.pid, "SIGSTOP");
    try {
      await expect(permits.acquire(request(of, 5), null)).rejects.toBeInstanceOf(Unavailable);
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await expect.poll(() => granted(permits, of, 5).catch(() => "away"), { timeout: 10_000 }).toBe(5);
  });

  test("announcements are refused and acceptances wait until it is back", async () => {
    const redis = connect("retry");
    const journal = createJournal(redis);
    const batch = batchKey();
    await journal.takeOver(batch, "a");
    await announcing(journal, batch, "a", range(0, 100));
    for (const bit of range(0, 30)) journal.accept(batch, bit);
    await kill();
    for (const bit of range(30, 40)) journal.accept(batch, bit);
    await expect(announcing(journal, batch, "a", [200])).rejects.toBeInstanceOf(Unavailable);
    await expect(journal.takeOver(batch, "b")).rejects.toBeInstanceOf(Unavailable);
    for (const bit of range(70, 20)) journal.accept(batch, bit);
    await restart();
    await journal.flush();
    // The restarted Redis may lack the last marks: only who takes the journal over anew may announce.
    await expect(announcing(journal, batch, "a", [200])).rejects.toBeInstanceOf(Unavailable);
    const another = createJournal(connect("retry"));
    const state = await another.takeOver(batch, "c");
    expect(state.existed).toBe(true);
    expect(state.accepted).toEqual(new Set(range(0, 90)));
    for (const bit of range(0, 100)) expect(state.announced).toContain(bit);
  });

  test("marks that cannot be kept any more are reported at shutdown", async () => {
    const redis = connect("retry");
    const journal = createJournal(redis);
    const batch = batchKey();
    await journal.takeOver(batch, "a");
    redis.disconnect();
    await once(redis, "end");
    journal.accept(batch, 1);
    await expect(journal.flush()).rejects.toBeInstanceOf(Unavailable);
  });
});

test("A Redis that was emptied has no journal and no leases, and grants no allowance of a day twice", async () => {
  const of = names();
  const redis = connect("retry");
  const limits = [limit("node", of.nodeId, { perDay: 4, concurrency: 3 })];
  const permits = createPermits({ redis, ...limitsFrom(pool, () => limits), timeZone: "UTC", enabled: true });
  const journal = createJournal(redis);
  const batch = batchKey();
  await journal.takeOver(batch, "a");
  await announcing(journal, batch, "a", [1]);
  const permit = await permits.acquire(request(of, 3), null);
  await redis.flushall();
  await redis.script("FLUSH");
  expect((await journal.takeOver(batch, "b")).existed).toBe(false);
  permits.release(permit.leaseId ?? "");
  expect(await granted(permits, of, 5)).toBe(1);
  expect((await permits.acquire(request(of, 5), null)).grants[0]?.heldBy).toBe(`node:${of.nodeId} day`);
});

test("A Redis that is not there at the start is waited for within limits", async () => {
  const away = createRedis("redis://127.0.0.1:1", { whenAway: "fail" });
  const permits = createPermits({
    redis: away,
    ...limitsFrom(pool, () => []),
    timeZone: "UTC",
    enabled: true,
  });
  await expect(permits.acquire(request(names(), 1), null)).rejects.toBeInstanceOf(Unavailable);
  away.disconnect();
});
