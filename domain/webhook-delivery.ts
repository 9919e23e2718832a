/** What becomes of a delivery and its endpoint after one attempt. */

/** Standing of an endpoint: in memory of whoever serves it, and in its row. */
export interface EndpointStanding {
  /** In a row, since a success. */
  failures: number;
  failingSinceMs: number | null;
  blockedUntilMs: number | null;
  disabled: DisabledReason | null;
}

/** `gone`: it answered 410; `failing`: nothing but failures for days; `manual`: a person's word. */
export type DisabledReason = "gone" | "failing" | "manual";

export interface RetrySchedule {
  maxAttempts: number;
  baseMs: number;
  capMs: number;
}

/** Waits of up to 30 seconds, one minute, two, … twelve hours, each random from zero: about three days in all. */
export const defaultRetrySchedule: RetrySchedule = {
  maxAttempts: 22,
  baseMs: 30_000,
  capMs: 12 * 3_600_000,
};

/** Failures in a row after which the breaker opens: a single request now and then, until one succeeds. */
export const breakerFailures = 5;
const breakerBaseMs = 5_000;
const breakerCapMs = 10 * 60_000;
/** After so long without a success an endpoint is disabled, and that is announced. */
export const disableAfterMs = 5 * 24 * 3_600_000;
/** The receiver, or what stands before it, has too much to do. */
const overloaded: readonly number[] = [429, 502, 503, 504];
const overloadedWaitMs = 5_000;

export interface Attempt {
  /** Counts from 1. */
  attempt: number;
  /** Null: no answer. */
  responseStatus: number | null;
  retryAfterMs?: number | undefined;
}

export type DeliveryStatus = "pending" | "delivered" | "dead";

export interface Verdict {
  status: DeliveryStatus;
  /** Of the next attempt, when pending. */
  afterMs: number;
  standing: EndpointStanding;
}

/**
 * Only 2xx succeeds. 410 disables the endpoint; its deliveries are kept, as those of a paused one are. `Retry-After` is
 * honoured in full, by this delivery and by the endpoint. @param random in [0, 1)
 */
export function judge(
  attempt: Attempt,
  before: EndpointStanding,
  { schedule, nowMs, random }: { schedule: RetrySchedule; nowMs: number; random: number },
): Verdict {
  const { responseStatus, retryAfterMs = 0 } = attempt;
  if (responseStatus !== null && responseStatus >= 200 && responseStatus < 300)
    return { status: "delivered", afterMs: 0, standing: recovered(before, nowMs) };
  const failures = before.failures + 1;
  const failingSinceMs = before.failingSinceMs ?? nowMs;
  const pauseMs = Math.max(
    retryAfterMs,
    overloaded.includes(responseStatus ?? 0) ? overloadedWaitMs : 0,
    failures >= breakerFailures ? breakerMs(failures, random) : 0,
  );
  const standing: EndpointStanding = {
    failures,
    failingSinceMs,
    blockedUntilMs:
      pauseMs > 0 ? Math.max(before.blockedUntilMs ?? 0, nowMs + pauseMs) : before.blockedUntilMs,
    disabled: disabledBy(responseStatus, nowMs - failingSinceMs),
  };
  // A disabled endpoint keeps what it was not told.
  const spent = attempt.attempt >= schedule.maxAttempts && standing.disabled !== "gone";
  return {
    status: spent ? "dead" : "pending",
    afterMs: Math.max(retryAfterMs, retryDelayMs(schedule, attempt.attempt, random)),
    standing,
  };
}

/** Requests that left together end in any order: a success does not shorten the wait that another answer asked for. */
function recovered({ blockedUntilMs }: EndpointStanding, nowMs: number): EndpointStanding {
  const waits = blockedUntilMs !== null && blockedUntilMs > nowMs;
  return { failures: 0, failingSinceMs: null, blockedUntilMs: waits ? blockedUntilMs : null, disabled: null };
}

/** Half-open: the breaker lets one request through at a time. */
export function isProbing({ failures }: EndpointStanding): boolean {
  return failures >= breakerFailures;
}

/** Exponential with full jitter: anything from nothing to `base * 2^(attempt-1)`, capped. */
export function retryDelayMs({ baseMs, capMs }: RetrySchedule, attempt: number, random: number): number {
  return Math.round(Math.min(capMs, baseMs * 2 ** (attempt - 1)) * random);
}

function breakerMs(failures: number, random: number): number {
  const full = Math.min(breakerCapMs, breakerBaseMs * 2 ** (failures - breakerFailures));
  return Math.round(full / 2 + (full / 2) * random);
}

function disabledBy(responseStatus: number | null, failingForMs: number): DisabledReason | null {
  if (responseStatus === 410) return "gone";
  return failingForMs >= disableAfterMs ? "failing" : null;
}
