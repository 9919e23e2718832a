import { backoffMs, type Backoff } from "./backoff.js";

/** What came of handing one message to a provider. */
export type NotifyOutcome =
  | { kind: "accepted"; providerId: string | null }
  /** The device is not there any more; nobody writes to it again. */
  | { kind: "gone"; detail: string; status: number }
  /** It will never be taken. */
  | { kind: "rejected"; detail: string; status: number | null }
  | { kind: "deferred"; detail: string; status: number | null; retryAfterMs?: number };

export interface NotifyVerdict {
  status: "pending" | "sent" | "failed";
  reason: string | null;
  /** Of the next attempt, when pending. */
  afterMs: number;
}

/** Five seconds, a quarter of a minute, … an hour: about nine hours in all, longer where providers ask for it. */
export const notifyBackoff: Backoff = { baseMs: 5_000, factor: 3, capMs: 3_600_000 };
export const mostNotifyAttempts = 15;
/** A provider that asks for more waits no longer than that. */
const longestWaitMs = 6 * 3_600_000;

/** @param attempt counts from 1; @param random in [0, 1) */
export function judgeNotify(outcome: NotifyOutcome, attempt: number, random: number): NotifyVerdict {
  switch (outcome.kind) {
    case "accepted":
      return { status: "sent", reason: null, afterMs: 0 };
    case "gone":
      return { status: "failed", reason: "device_gone", afterMs: 0 };
    case "rejected":
      return { status: "failed", reason: "rejected", afterMs: 0 };
    case "deferred": {
      if (attempt >= mostNotifyAttempts) return { status: "failed", reason: "attempts_spent", afterMs: 0 };
      const asked = Math.min(outcome.retryAfterMs ?? 0, longestWaitMs);
      return {
        status: "pending",
        reason: "retry",
        afterMs: Math.max(asked, backoffMs(notifyBackoff, attempt, random)),
      };
    }
  }
}
