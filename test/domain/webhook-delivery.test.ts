import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  breakerFailures,
  defaultRetrySchedule as schedule,
  disableAfterMs,
  isProbing,
  judge,
  retryDelayMs,
  type EndpointStanding,
} from "../../domain/webhook-delivery.js";

const nowMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;
const well: EndpointStanding = { failures: 0, failingSinceMs: null, blockedUntilMs: null, disabled: null };

function verdictOf(
  attempt: { attempt?: number; responseStatus: number | null; retryAfterMs?: number },
  before: Partial<EndpointStanding> = {},
) {
  return judge({ attempt: 1, ...attempt }, { ...well, ...before }, { schedule, nowMs, random: 0.5 });
}

describe("what becomes of a delivery", () => {
  it("is a success with 2xx alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (responseStatus) => {
        const { status } = verdictOf({ responseStatus });
        expect(status).toBe(responseStatus >= 200 && responseStatus < 300 ? "delivered" : "pending");
      }),
    );
    expect(verdictOf({ responseStatus: null }).status).toBe("pending");
  });

  it("is death after the last attempt, but not at an endpoint that is gone: that keeps it", () => {
    const last = schedule.maxAttempts;
    expect(verdictOf({ attempt: last - 1, responseStatus: 500 }).status).toBe("pending");
    expect(verdictOf({ attempt: last, responseStatus: 500 }).status).toBe("dead");
    expect(verdictOf({ attempt: last, responseStatus: 410 })).toMatchObject({
      status: "pending",
      standing: { disabled: "gone" },
    });
  });

  it("waits from nothing to a time that doubles up to its cap: three days in the middle, never six", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, random) => {
          const delayMs = retryDelayMs(schedule, attempt, random);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(Math.min(schedule.capMs, schedule.baseMs * 2 ** (attempt - 1)));
        },
      ),
    );
    const totalHours = (random: number) =>
      Array.from({ length: schedule.maxAttempts - 1 }, (_, i) =>
        retryDelayMs(schedule, i + 1, random),
      ).reduce((sum, delayMs) => sum + delayMs, 0) / hourMs;
    expect(Math.round(totalHours(0.5))).toBe(69);
    expect(Math.round(totalHours(1))).toBe(137);
  });
});

describe("what becomes of an endpoint", () => {
  it("heeds Retry-After in full, with this delivery and with every other", () => {
    const retryAfterMs = 48 * hourMs;
    expect(verdictOf({ responseStatus: 429, retryAfterMs })).toMatchObject({
      afterMs: retryAfterMs,
      standing: { blockedUntilMs: nowMs + retryAfterMs },
    });
  });

  it.each([429, 502, 503, 504])("is given five seconds by %i", (responseStatus) => {
    expect(verdictOf({ responseStatus }).standing.blockedUntilMs).toBe(nowMs + 5_000);
    expect(verdictOf({ responseStatus: 500 }).standing.blockedUntilMs).toBeNull();
  });

  it("is asked less and less when it fails in a row, one request at a time, and as before when it answers", () => {
    let standing = well;
    const waits: number[] = [];
    for (let n = 1; n <= 20; n += 1) {
      expect(isProbing(standing)).toBe(n > breakerFailures);
      standing = judge(
        { attempt: 1, responseStatus: 500 },
        { ...standing, blockedUntilMs: null },
        { schedule, nowMs, random: 1 },
      ).standing;
      waits.push((standing.blockedUntilMs ?? nowMs) - nowMs);
    }
    expect(waits.slice(0, 7)).toEqual([0, 0, 0, 0, 5_000, 10_000, 20_000]);
    expect(waits.at(-1)).toBe(600_000);
    expect(verdictOf({ responseStatus: 200 }, { ...standing, blockedUntilMs: nowMs - 1 }).standing).toEqual(
      well,
    );
  });

  it("still waits for as long as another answer asked for, though a request that left before it succeeds", () => {
    const asked = { failures: 1, failingSinceMs: nowMs, blockedUntilMs: nowMs + 9_000 };
    expect(verdictOf({ responseStatus: 200 }, asked).standing).toEqual({
      ...well,
      blockedUntilMs: nowMs + 9_000,
    });
    // And no failure makes that wait shorter.
    expect(verdictOf({ responseStatus: 503 }, asked).standing.blockedUntilMs).toBe(nowMs + 9_000);
  });

  it("is disabled after five days without a success, counted from its first failure", () => {
    const failing = (forMs: number) => ({ failures: 50, failingSinceMs: nowMs - forMs });
    expect(verdictOf({ responseStatus: null }, failing(disableAfterMs - 1)).standing.disabled).toBeNull();
    expect(verdictOf({ responseStatus: null }, failing(disableAfterMs)).standing.disabled).toBe("failing");
    expect(verdictOf({ responseStatus: 204 }, failing(disableAfterMs)).standing).toEqual(well);
  });
});
