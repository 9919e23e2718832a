import { describe, expect, it } from "vitest";
import {
  breakerFailures,
  defaultRetrySchedule,
  disableAfterMs,
  isProbing,
  judge,
  retryDelayMs,
  type EndpointStanding,
} from "../../domain/webhook-delivery.js";

const hourMs = 3_600_000;
const nowMs = Date.parse("2026-11-25T08:00:00Z");
const fresh: EndpointStanding = { failures: 0, failingSinceMs: null, blockedUntilMs: null, disabled: null };

function verdict(
  responseStatus: number | null,
  { attempt = 1, before = fresh, retryAfterMs = 0, random = 0.5 } = {},
) {
  return judge({ attempt, responseStatus, retryAfterMs }, before, {
    ...{ schedule: defaultRetrySchedule, nowMs, random },
  });
}

describe("retries of webhooks", () => {
  it("wait at most the base, twice the base, … the cap, at random from zero", () => {
    const longest = [1, 2, 3, 11, 12, 22].map((attempt) => retryDelayMs(defaultRetrySchedule, attempt, 1));
    expect(longest).toEqual([30_000, 60_000, 120_000, 30_000 * 1_024, 12 * hourMs, 12 * hourMs]);
    expect(retryDelayMs(defaultRetrySchedule, 5, 0)).toBe(0);
  });

  it("take about three days until an event that nobody takes is a dead letter", () => {
    let elapsedMs = 0;
    const waits: number[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const { status, afterMs } = verdict(500, { attempt });
      if (status === "dead") {
        expect(attempt).toBe(defaultRetrySchedule.maxAttempts);
        break;
      }
      waits.push(afterMs);
      elapsedMs += afterMs;
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(elapsedMs / hourMs).toBeGreaterThan(60);
    expect(elapsedMs / hourMs).toBeLessThan(84);
  });

  it.each([200, 201, 204, 299])("end with %i", (status) => {
    expect(verdict(status)).toMatchObject({ status: "delivered", standing: fresh });
  });

  it.each([100, 199, 300, 301, 304, 307, 400, 401, 404, 408, 429, 500, 502, 503, 504, null])(
    "go on after %s",
    (status) => {
      expect(verdict(status)).toMatchObject({ status: "pending", standing: { failures: 1, disabled: null } });
    },
  );

  it("honour Retry-After in full, for the delivery and for its endpoint", () => {
    const { afterMs, standing } = verdict(429, { retryAfterMs: 3 * hourMs });
    expect(afterMs).toBe(3 * hourMs);
    expect(standing.blockedUntilMs).toBe(nowMs + 3 * hourMs);
    const before = { ...fresh, blockedUntilMs: nowMs + hourMs };
    expect(verdict(200, { before }).standing.blockedUntilMs).toBe(nowMs + hourMs);
    expect(verdict(503, { before }).standing.blockedUntilMs).toBe(nowMs + hourMs);
  });

  it("hold an overloaded endpoint back, and others not before the breaker opens", () => {
    for (const status of [429, 502, 503, 504])
      expect(verdict(status).standing.blockedUntilMs).toBe(nowMs + 5_000);
    expect(verdict(500).standing.blockedUntilMs).toBeNull();
  });

  it("open the breaker after failures in a row, for longer and longer, and close it by a success", () => {
    const blockedMs = [1, 2, 3, 10].map((more) => {
      const before = { ...fresh, failures: breakerFailures - 2 + more, failingSinceMs: nowMs - hourMs };
      return (verdict(null, { before, random: 1 }).standing.blockedUntilMs ?? nowMs) - nowMs;
    });
    expect(blockedMs).toEqual([5_000, 10_000, 20_000, 600_000]);
    const open = { ...fresh, failures: breakerFailures, failingSinceMs: nowMs };
    expect(isProbing(open)).toBe(true);
    expect(isProbing(verdict(200, { before: open }).standing)).toBe(false);
  });

  it("disable an endpoint that is gone, or that has failed for days; a spent delivery is kept when it is gone", () => {
    expect(verdict(410, { attempt: 22 })).toMatchObject({
      status: "pending",
      standing: { disabled: "gone" },
    });
    const failing = (sinceMs: number) =>
      verdict(500, { before: { ...fresh, failures: 9, failingSinceMs: nowMs - sinceMs } }).standing.disabled;
    expect(failing(disableAfterMs - 1)).toBeNull();
    expect(failing(disableAfterMs)).toBe("failing");
    expect(verdict(500, { attempt: 22 }).status).toBe("dead");
  });
});
