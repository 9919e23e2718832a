import { describe, expect, test } from "vitest";
import type { Limit } from "../../domain/permits.js";
import type { Slowing } from "../../domain/suspensions.js";
import { readPermitStatus } from "../../throttle/limits-status.js";
import { createPermits } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { granted, limit, names, request, slowing, stoppedClock, type Names, limitsFrom } from "./factory.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();

function setup(limitsOf: (of: Names) => Limit[] = () => []) {
  const [of, clock] = [names(), stoppedClock()];
  const limits = limitsOf(of);
  const permits = createPermits({
    redis,
    ...limitsFrom(pool, () => limits),
    timeZone: "UTC",
    enabled: true,
    now: clock.now,
  });
  return {
    of,
    clock,
    permits,
    slowDown: (suspendMs = 0, change: Partial<Slowing["throttle"]> = {}) =>
      permits.slowDown(slowing(of, { suspendMs, ...change })),
    rate: async () => {
      const { slowedPaths } = await readPermitStatus(redis, limits, { timeZone: "UTC", now: clock.now });
      return slowedPaths.find(({ nodeId }) => nodeId === of.nodeId)?.perSecond;
    },
    /** Grants all that is asked for, ten times a second. */
    use: async (perSecond: number, seconds: number) => {
      for (let i = 0; i < seconds * 10; i++) {
        await granted(permits, of, perSecond / 10);
        clock.advance(100);
      }
    },
  };
}

describe("A throttling reply", () => {
  test("halves the rate at which the path was used", async () => {
    const { slowDown, rate, use, permits, of, clock } = setup();
    await use(200, 12);
    await slowDown();
    expect(await rate()).toBeGreaterThan(90);
    expect(await rate()).toBeLessThan(110);
    const held = await permits.acquire(request(of, 500), null);
    expect(held.grants[0]).toMatchObject({
      messages: 0,
      heldBy: `mailbox-provider:${of.mailboxProvider} adaptive`,
    });
    clock.advance(500);
    const half = await granted(permits, of, 500);
    expect(half).toBeGreaterThan(40);
    expect(half).toBeLessThan(60);
  });

  test("halves the configured rate when the path had not been used", async () => {
    const { slowDown, rate } = setup((of) => [
      limit("node", of.nodeId, { perSecond: 80 }),
      limit("mailbox-provider", of.mailboxProvider, { perSecond: 50 }),
    ]);
    await slowDown();
    expect(await rate()).toBe(25);
  });

  test("halves once for replies that come together, and again for later ones, down to one in ten seconds", async () => {
    const { slowDown, rate, clock } = setup((of) => [limit("node", of.nodeId, { perSecond: 4 })]);
    for (let i = 0; i < 5; i++) {
      await slowDown();
      clock.advance(150);
    }
    expect(await rate()).toBe(2);
    for (let i = 0; i < 12; i++) {
      clock.advance(1_000);
      await slowDown();
    }
    expect(await rate()).toBe(0.1);
  });

  test("that names a time keeps the path silent until then", async () => {
    const { of, permits, slowDown, clock } = setup();
    await slowDown(90_000);
    const held = await permits.acquire(request(of, 1), null);
    expect(held.grants).toEqual([
      { messages: 0, heldBy: `node:${of.nodeId}/${of.mailboxProvider} suspended`, waitMs: 90_000 },
    ]);
    await slowDown(10_000);
    clock.advance(89_999);
    expect(await granted(permits, of, 1)).toBe(0);
    clock.advance(20_001);
    expect(await granted(permits, of, 1)).toBe(1);
  });

  test("slows no other node and no other mailbox provider", async () => {
    const { of, permits, slowDown } = setup();
    await slowDown(60_000);
    expect(await granted(permits, { ...of, nodeId: names().nodeId }, 50)).toBe(50);
    expect(await granted(permits, { ...of, mailboxProvider: names().mailboxProvider }, 50)).toBe(50);
  });
});

describe("A slowed-down path", () => {
  test("recovers by a tenth every ten seconds", async () => {
    const { slowDown, rate, clock } = setup((of) => [limit("node", of.nodeId, { perSecond: 100 })]);
    await slowDown();
    clock.advance(9_999);
    expect(await rate()).toBe(50);
    clock.advance(1);
    expect(await rate()).toBeCloseTo(55);
    clock.advance(10_000);
    expect(await rate()).toBeCloseTo(60.5);
  });

  test("is free again once it has grown to the configured rate", async () => {
    const { of, permits, slowDown, rate, clock } = setup((of) => [
      limit("node", of.nodeId, { perSecond: 100, burst: 1_000 }),
    ]);
    await slowDown();
    clock.advance(70_000);
    expect(await rate()).toBeLessThan(100);
    clock.advance(10_000);
    expect(await rate()).toBeUndefined();
    expect(await granted(permits, of, 1_000, { lane: "priority-high" })).toBe(1_000);
  });

  test("is free again at twice the rate it was slowed down from when none is configured", async () => {
    const { of, permits, slowDown, rate, clock, use } = setup();
    await use(20, 12);
    await slowDown();
    clock.advance(140_000);
    expect(await rate()).toBeGreaterThan(20);
    clock.advance(10_000);
    expect(await rate()).toBeUndefined();
    expect(await granted(permits, of, 5_000)).toBe(5_000);
  });

  test("is halved from where it stands when the provider complains again", async () => {
    const { slowDown, rate, clock } = setup((of) => [limit("node", of.nodeId, { perSecond: 100 })]);
    await slowDown();
    clock.advance(20_000);
    await slowDown();
    expect(await rate()).toBeCloseTo(30.25);
  });
});
