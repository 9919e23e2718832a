import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPermits } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { granted, limit, names, request, stoppedClock, limitsFrom } from "./factory.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] }));
afterEach(() => void vi.useRealTimers());

function setup() {
  const [of, clock] = [names(), stoppedClock()];
  const limits = [limit("tenant", of.tenantId, { concurrency: 2 })];
  const open = () =>
    createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
      now: clock.now,
    });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10_000) {
      clock.advance(10_000);
      vi.advanceTimersByTime(10_000);
      // Commands of one connection are answered in order: the renewal has been.
      await redis.ping();
    }
  };
  return { of, open, pass };
}

test("A lease lasts as long as its messages are on the wire", async () => {
  const { of, open, pass } = setup();
  const permits = open();
  const permit = await permits.acquire(request(of, 2), null);
  await pass(10 * 60_000);
  expect(await granted(open(), of, 1)).toBe(0);
  permits.release(permit.leaseId ?? "");
  expect(await granted(open(), of, 2)).toBe(2);
});

test("A lease that nobody released in a quarter of an hour was forgotten, and ends", async () => {
  const { of, open, pass } = setup();
  await open().acquire(request(of, 2), null);
  await pass(17 * 60_000);
  expect(await granted(open(), of, 2)).toBe(2);
});
