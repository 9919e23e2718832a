import type { RateLimit } from "../../domain/rate-limits.js";

export interface LocalBuckets {
  check(key: string, limit: RateLimit): { allowed: boolean; waitMs: number };
  forget(key: string): void;
}

const mostKept = 10_000;

/** Token buckets of one process, for as long as there are no shared ones. */
export function createLocalBuckets(now: () => number = () => performance.now()): LocalBuckets {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    check(key, { perSecond, burst }) {
      const atMs = now();
      const known = buckets.get(key) ?? { tokens: burst, atMs };
      const tokens = Math.min(burst, known.tokens + ((atMs - known.atMs) / 1_000) * perSecond);
      const allowed = tokens >= 1;
      // The longest known goes: an attacker who fills it up has been held back by the address long before.
      buckets.delete(key);
      if (buckets.size >= mostKept) buckets.delete(buckets.keys().next().value ?? "");
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, atMs });
      return { allowed, waitMs: allowed ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000) };
    },
    forget: (key) => void buckets.delete(key),
  };
}
