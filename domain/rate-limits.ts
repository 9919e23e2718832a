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

export type RateLimitTable = Readonly<Record<RateLimitName, RateLimit>>;

export const defaultRateLimits: RateLimitTable = {
  // Not adaptive: through it operators look at what is overloaded.
  api: { perSecond: 20, burst: 100, adaptive: false },
  "email-sending": { perSecond: 500, burst: 2_000, adaptive: true },
  // An import is a whole file: one every ten seconds keeps the importing slots of several workers busy.
  "leads-import": { perSecond: 0.1, burst: 10, adaptive: true },
};

const highest = 1_000_000;

/** `email-sending=1000:5000,api=50:200`: a second, at once. What is not named keeps its default. */
export function parseRateLimits(text: string): RateLimitTable | { problem: string } {
  const table = { ...defaultRateLimits };
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const [name = "", figures = ""] = part.split("=").map((piece) => piece.trim());
    if (!isRateLimit(name))
      return { problem: `names ${name}, which is none of ${rateLimitNames.join(", ")}` };
    const [perSecond = 0, burst = 0] = figures.split(":").map(Number);
    if (!(
      perSecond > 0 &&
      perSecond <= highest &&
      Number.isInteger(burst) &&
      burst >= 1 &&
      burst <= highest
    )) {
      return { problem: `must give ${name} requests a second and whole requests at once, such as 50:200` };
    }
    table[name] = { ...table[name], perSecond, burst };
  }
  return table;
}

function isRateLimit(name: string): name is RateLimitName {
  return (rateLimitNames as readonly string[]).includes(name);
}

/** Whose requests are counted together: a tenant's, or one user's of it. */
export interface RateLimitKey<Name extends string = RateLimitName> {
  limit: Name;
  tenantId: string;
  user?: string | undefined;
}

export interface RateLimitStatus<Name extends string = RateLimitName> {
  limit: Name;
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

export interface RateLimitCheck<Name extends string = RateLimitName> extends RateLimitStatus<Name> {
  allowed: boolean;
  /** Until the same request would be allowed, at the present rate, milliseconds; 0 when it is. */
  waitMs: number;
}
