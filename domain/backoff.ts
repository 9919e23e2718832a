export interface Backoff {
  baseMs: number;
  factor: number;
  capMs: number;
}

/** Between retry rounds of a send: about 5 minutes, then 20. */
export const retryRoundBackoff: Backoff = { baseMs: 5 * 60_000, factor: 4, capMs: 60 * 60_000 };

/** Between two connections to a mailbox that is away: a second at first, five minutes at most. */
export const mailboxBackoff: Backoff = { baseMs: 1_000, factor: 2, capMs: 5 * 60_000 };

/** Between two connections for live updates: half a second at first, half a minute at most. */
export const liveBackoff: Backoff = { baseMs: 500, factor: 2, capMs: 30_000 };

/**
 * Exponential backoff with equal jitter: half of the delay is fixed, half is random, so that rounds spread without
 * ever following at once. `round` counts from 1; `random` is in [0, 1).
 */
export function backoffMs(backoff: Backoff, round: number, random: number): number {
  const full = Math.min(backoff.capMs, backoff.baseMs * backoff.factor ** (round - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
