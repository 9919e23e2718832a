/** How often callers may ask something of Floe; what leaves as mail is held by permits (`domain/permits`). */
export const rateLimitNames = ["api", "email-sending", "leads-import"] as const;
export type RateLimitName = (typeof rateLimitNames)[number];

/** A token bucket: `burst` requests at once after a silence, `perSecond` in the long run. */
export interface RateLimit {
  perSecond: number;
  burst: number;
  /** Its rate is multiplied by the load factor. */
  adaptive: boolean;
}

export const rateLimits: Readonly<Record<RateLimitName, RateLimit>> = {
  // Not adaptive: through it operators look at what is overloaded.
  api: { perSecond: 20, burst: 100, adaptive: false },
  "email-sending": { perSecond: 100, burst: 500, adaptive: true },
  // An import is a whole file: one every ten seconds keeps the importing slots of several workers busy.
  "leads-import": { perSecond: 0.1, burst: 10, adaptive: true },
};

/** Whose requests are counted together: a tenant's, or one user's of it. */
export interface RateLimitKey {
  limit: RateLimitName;
  tenantId: string;
  user?: string | undefined;
}

export interface RateLimitStatus {
  limit: RateLimitName;
  /** False: `RATE_LIMIT_ENABLED` is off, everything is allowed and nothing is counted. */
  enabled: boolean;
  /** Requests a second now: the configured rate under the present load. */
  perSecond: number;
  burst: number;
  /** Requests that would be allowed at once. */
  remaining: number;
  /** Until the whole burst is there again, at the present rate, milliseconds. */
  resetMs: number;
  /** 1: unloaded; adaptive rates are multiplied by it. 1 for a limit that is not adaptive. */
  loadFactor: number;
}

export interface RateLimitCheck extends RateLimitStatus {
  allowed: boolean;
  /** Until the same request would be allowed, at the present rate, milliseconds; 0 when it is. */
  waitMs: number;
}
