import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultRateLimits, rateLimitNames } from "../../domain/rate-limits.js";
import { loadFactor, loadFactorOf } from "../../domain/system-load.js";
import { rateLimitKey, systemLoadKey } from "../../throttle/keys.js";
import { createRateLimiter } from "../../throttle/rate-limiter.js";
import { readLoad, reportLoad } from "../../throttle/system-load.js";
import { testRedis } from "../setup/stack.js";
import { stoppedClock, uniqueName } from "./factory.js";

const { redis } = await testRedis();
const idle = { memory: 0.1, queueDepth: 0, errorRate: 0 };

function limiterAt(now: () => number) {
  return createRateLimiter({ limits: defaultRateLimits, redis: () => redis, enabled: true, now });
}

describe("A rate limit", () => {
  test("allows its burst at once, then as much as its rate, and a refused request counts nothing", async () => {
    const clock = stoppedClock();
    const limiter = limiterAt(clock.now);
    const key = { limit: "api", tenantId: uniqueName("tenant") } as const;
    const { burst, perSecond } = defaultRateLimits.api;
    expect(await limiter.check(key, burst)).toMatchObject({ allowed: true, remaining: 0, waitMs: 0 });
    for (let i = 0; i < 3; i += 1)
      expect(await limiter.check(key, 1)).toMatchObject({ allowed: false, waitMs: 1_000 / perSecond });
    clock.advance(1_000 / perSecond);
    expect(await limiter.check(key, 1)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await limiter.status(key)).toMatchObject({
      remaining: 0,
      resetMs: (burst / perSecond) * 1_000,
      perSecond,
    });
    clock.advance(3_600_000);
    expect(await limiter.status(key)).toMatchObject({ remaining: burst, resetMs: 0 });
  });

  test("is counted for each limit, tenant and user alone, and reset alone", async () => {
    const limiter = limiterAt(stoppedClock().now);
    const tenantId = uniqueName("tenant");
    const key = { limit: "leads-import", tenantId } as const;
    const ann = { ...key, user: "ann" };
    await limiter.check(key, 10);
    await limiter.check(ann, 4);
    expect(await limiter.status(key)).toMatchObject({ remaining: 0 });
    expect(await limiter.status(ann)).toMatchObject({ remaining: 6 });
    expect(await limiter.status({ ...key, limit: "api" })).toMatchObject({ remaining: 100 });
    await limiter.reset(key);
    expect(await limiter.status(key)).toMatchObject({ remaining: 10 });
    expect(await limiter.status(ann)).toMatchObject({ remaining: 6 });
  });

  test("shares its burst between those who ask at the same moment", async () => {
    const clock = stoppedClock();
    const [first, second] = [limiterAt(clock.now), limiterAt(clock.now)];
    const key = { limit: "api", tenantId: uniqueName("tenant") } as const;
    const checks = await Promise.all(
      Array.from({ length: 150 }, (_, i) => (i % 2 === 0 ? first : second).check(key, 1)),
    );
    expect(checks.filter((check) => check.allowed)).toHaveLength(defaultRateLimits.api.burst);
  });

  test("leaves Redis when it is full again, however slow its rate has become", async () => {
    const key = { limit: "leads-import", tenantId: uniqueName("tenant") } as const;
    const limiter = createRateLimiter({ limits: defaultRateLimits, redis: () => redis, enabled: true });
    await limiter.check(key, 1);
    const ttl = await redis.pttl(rateLimitKey("leads-import", key.tenantId));
    expect(ttl).toBeGreaterThan(95_000);
    expect(ttl).toBeLessThanOrEqual(100_000);
  });

  test("switched off allows everything and asks nobody", async () => {
    const limiter = createRateLimiter({
      limits: defaultRateLimits,
      redis: () => expect.fail("Redis was asked."),
      enabled: false,
    });
    const key = { limit: "api", tenantId: "any" } as const;
    for (let i = 0; i < 300; i += 1)
      expect(await limiter.check(key, 1)).toMatchObject({ allowed: true, enabled: false });
    await limiter.reset(key);
    expect(await limiter.load()).toEqual({ factor: 1 });
  });
});

describe("System load", () => {
  test("lowers the factor by its worst measure, within bounds", () => {
    expect(loadFactorOf(idle)).toBe(1);
    expect(loadFactorOf({ ...idle, queueDepth: 4_000 })).toBe(0.25);
    expect(loadFactorOf({ ...idle, memory: 0.875 })).toBeCloseTo(0.55);
    expect(loadFactorOf({ ...idle, errorRate: 1 })).toBeCloseTo(loadFactor.lowest);
    const share = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(share, fc.nat(), share, (memory, queueDepth, errorRate) => {
        const factor = loadFactorOf({ memory, queueDepth, errorRate });
        expect(factor).toBeGreaterThanOrEqual(loadFactor.lowest - 1e-9);
        expect(factor).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("slows adaptive limits alone, shows why, and is recovered from slowly", async () => {
    await redis.unlink(systemLoadKey);
    const clock = stoppedClock();
    const limiter = limiterAt(clock.now);
    const tenantId = uniqueName("tenant");
    expect(await reportLoad(redis, { ...idle, queueDepth: 4_000 }, clock.now)).toBe(0.25);
    // Whoever is idle is told what another one's load has left.
    expect(await reportLoad(redis, idle, clock.now)).toBe(0.25);
    expect(await limiter.load()).toEqual({
      factor: 0.25,
      lowered: { ...idle, queueDepth: 4_000, factor: 0.25, at: new Date(clock.now()) },
    });
    expect(await limiter.status({ limit: "email-sending", tenantId })).toMatchObject({
      perSecond: 125,
      loadFactor: 0.25,
    });
    expect(await limiter.status({ limit: "api", tenantId })).toMatchObject({ perSecond: 20, loadFactor: 1 });
    await limiter.check({ limit: "email-sending", tenantId }, 2_000);
    clock.advance(1_000);
    // A second at a quarter of 500, and a little that was recovered meanwhile.
    const { remaining } = await limiter.status({ limit: "email-sending", tenantId });
    expect(remaining).toBeGreaterThanOrEqual(125);
    expect(remaining).toBeLessThan(135);
    clock.advance(loadFactor.recoveryMs / 2);
    expect((await readLoad(redis, clock.now)).factor).toBeCloseTo(0.25 + 0.5 + 1_000 / loadFactor.recoveryMs);
    await reportLoad(redis, { ...idle, errorRate: 1 }, clock.now);
    expect((await readLoad(redis, clock.now)).factor).toBeCloseTo(loadFactor.lowest);
    clock.advance(loadFactor.recoveryMs);
    expect(await readLoad(redis, clock.now)).toEqual({ factor: 1 });
  });
});

test("No sequence of requests, loads and clock steps differs from the model of a bucket", async () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.integer({ min: -2_000, max: 3_000 }), fc.integer({ min: 0, max: 900_000 })),
    limit: fc.constantFrom(...rateLimitNames),
    /** Share of the burst. */
    cost: fc.double({ min: 0, max: 1, noNaN: true }),
    queueDepth: fc.option(fc.integer({ min: 0, max: 20_000 }), { freq: 4 }),
    resets: fc.integer({ min: 0, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      await redis.unlink(systemLoadKey);
      const clock = stoppedClock();
      const limiter = limiterAt(clock.now);
      const tenantId = uniqueName("tenant");
      const buckets = new Map<string, { tokens: number; at: number }>();
      let load = { factor: 1, at: -Infinity };
      for (const { afterMs, limit, cost: share, queueDepth, resets } of steps) {
        clock.advance(afterMs);
        const now = clock.now();
        const risen = (): number =>
          Math.min(1, load.factor + Math.max(0, now - load.at) / loadFactor.recoveryMs);
        if (queueDepth !== null) {
          await reportLoad(redis, { ...idle, queueDepth }, clock.now);
          const asked = loadFactorOf({ ...idle, queueDepth });
          if (asked < risen()) load = { factor: asked, at: now };
        }
        if (resets === 0) {
          await limiter.reset({ limit, tenantId });
          buckets.delete(limit);
        }
        const { burst, perSecond, adaptive } = defaultRateLimits[limit];
        const bucket = buckets.get(limit) ?? { tokens: burst, at: now };
        const rate = perSecond * (adaptive ? risen() : 1);
        const gained = (Math.max(0, now - bucket.at) / 1_000) * rate;
        const tokens = Math.min(burst, bucket.tokens + gained);
        const cost = Math.max(1, Math.round(burst * share));
        const check = await limiter.check({ limit, tenantId }, cost);
        const allowed = tokens + 1e-6 >= cost;
        if (allowed) buckets.set(limit, { tokens: Math.max(0, tokens - cost), at: Math.max(now, bucket.at) });
        const left = allowed ? Math.max(0, tokens - cost) : tokens;
        expect(check).toMatchObject({ allowed, remaining: Math.floor(left + 1e-6) });
        expect(check.perSecond).toBeCloseTo(rate, 6);
        if (!allowed) expect(check.waitMs).toBeCloseTo(((cost - tokens) / rate) * 1_000, -1);
      }
    }),
    { numRuns: 60 },
  );
});
