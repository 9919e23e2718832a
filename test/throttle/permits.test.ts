import { describe, expect, test } from "vitest";
import { createPermitStore } from "../../client/permit-store.js";
import { createSuspensionStore } from "../../db/suspensions.js";
import { createAllowanceStore } from "../../db/allowances.js";
import type { Limit } from "../../domain/permits.js";
import { readPermitStatus } from "../../throttle/limits-status.js";
import { createPermits, type GrantEvent } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { ask, granted, limit, names, request, stoppedClock, limitsFrom, slowing } from "./factory.js";
import { giveBackContract } from "./give-back-contract.js";
import { permitsContract, type PermitsSetup } from "./permits-contract.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();

function create({ limits, now, timeZone = "UTC" }: PermitsSetup, onGrant?: (event: GrantEvent) => void) {
  return createPermits({ redis, ...limitsFrom(pool, () => limits), timeZone, enabled: true, now, onGrant });
}

describe("Permits in Redis", () => {
  permitsContract(create);
  giveBackContract(create);

  test("use Redis's clock when none is given", async () => {
    const of = names();
    const limits = [limit("tenant", of.tenantId, { perSecond: 50, perDay: 1_000 })];
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
    });
    expect(await granted(permits, of, 500)).toBe(45);
    await expect.poll(() => granted(permits, of, 1), { interval: 5 }).toBe(1);
    const { limits: statuses } = await readPermitStatus(redis, limits, { timeZone: "UTC" });
    expect(statuses[0]?.usedToday).toBe(46);
  });

  test("grant everything without Redis when limits are switched off", async () => {
    const of = names();
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => [limit("tenant", of.tenantId, { perDay: 1 })]),
      timeZone: "UTC",
      enabled: false,
    });
    expect(await permits.acquire(request(of, 1_000), 1)).toEqual({
      grants: [{ messages: 1_000 }],
      leaseId: null,
      grantedAtMs: 0,
    });
    await permits.slowDown(slowing(of, { suspendMs: 60_000 }));
    expect(await granted(permits, of, 1_000)).toBe(1_000);
  });

  test("report each ask, what it was granted and what held the rest", async () => {
    const of = names();
    const events: GrantEvent[] = [];
    const setup = { limits: [limit("node", of.nodeId, { perDay: 4 })], now: stoppedClock().now };
    const permits = create(setup, (event) => events.push(event));
    await permits.acquire(request(of, 0, { asks: [ask(of, 3), ask(of, 3)] }), null);
    expect(events).toEqual([
      { limit: null, granted: 3, held: 0 },
      { limit: `node:${of.nodeId} day`, granted: 1, held: 2 },
    ]);
  });

  test("follow a changed limit within seconds", async () => {
    const of = names();
    let limits: Limit[] = [limit("node", of.nodeId, { perDay: 1 })];
    const permits = createPermits({
      redis,
      ...limitsFrom(pool, () => limits),
      timeZone: "UTC",
      enabled: true,
    });
    expect(await granted(permits, of, 5)).toBe(1);
    limits = [limit("node", of.nodeId, { perDay: 3 })];
    await expect.poll(() => granted(permits, of, 5), { timeout: 10_000 }).toBe(2);
  });

  test("refuse a time zone that does not exist", () => {
    expect(() => create({ limits: [], now: Date.now, timeZone: "Mars/Olympus" })).toThrow(/timeZone/);
  });
});

describe("The status of permits", () => {
  test("tells what is left, used and on the wire, and changes nothing", async () => {
    const [of, clock] = [names(), stoppedClock()];
    const limits = [
      limit("tenant", of.tenantId, { perSecond: 10, perDay: 100, concurrency: 8 }),
      limit("node", of.nodeId, { perDay: 7 }),
      limit("node", names().nodeId, { perSecond: 3, burst: 9 }),
    ];
    const permits = create({ limits, now: clock.now });
    await permits.acquire(request(of, 6), null);
    clock.advance(250);
    const status = await readPermitStatus(redis, limits, { timeZone: "UTC", now: clock.now });
    expect(status.limits).toEqual([
      { limit: limits[0], usedToday: 6, onTheWire: 6, tokens: 6 },
      { limit: limits[1], usedToday: 6, onTheWire: 0 },
      { limit: limits[2], usedToday: 0, onTheWire: 0, tokens: 9 },
    ]);
    expect(await readPermitStatus(redis, limits, { timeZone: "UTC", now: clock.now })).toEqual(status);
    clock.advance(24 * 3_600_000);
    const tomorrow = await readPermitStatus(redis, limits, { timeZone: "UTC", now: clock.now });
    expect(tomorrow.limits[0]).toEqual({ limit: limits[0], usedToday: 0, onTheWire: 0, tokens: 10 });
  });

  test("is forgotten by a reset", async () => {
    const [of, clock] = [names(), stoppedClock()];
    const limits = [limit("node", of.nodeId, { perSecond: 10, perDay: 5, concurrency: 5 })];
    const permits = create({ limits, now: clock.now });
    expect(await granted(permits, of, 5)).toBe(5);
    await permits.slowDown(slowing(of, { suspendMs: 60_000 }));
    expect(await granted(permits, of, 5)).toBe(0);
    const facts = { allowances: createAllowanceStore(pool), suspensions: createSuspensionStore(pool) };
    await createPermitStore(() => redis, facts, "UTC").reset("node", of.nodeId, "a test");
    const status = await readPermitStatus(redis, limits, { timeZone: "UTC", now: clock.now });
    expect(status.limits[0]).toMatchObject({ usedToday: 0, onTheWire: 0, tokens: 10 });
    expect(status.slowedPaths.map(({ nodeId }) => nodeId)).not.toContain(of.nodeId);
    expect(await granted(permits, of, 5)).toBe(5);
  });
});
