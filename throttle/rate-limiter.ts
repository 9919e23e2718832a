import type { Redis } from "ioredis";
import type {
  RateLimit,
  RateLimitCheck,
  RateLimitKey,
  RateLimitName,
  RateLimitStatus,
} from "../domain/rate-limits.js";
import { loadFactor, type SystemLoad } from "../domain/system-load.js";
import { beforeDeadline } from "./deadline.js";
import { rateLimitKey, systemLoadKey } from "./keys.js";
import { createScript } from "./script.js";
import { loadLua, readLoad } from "./system-load.js";

/** Of the limits of requests, unless it has a table of its own. */
export interface RateLimiter<Name extends string = RateLimitName> {
  readonly limits: Readonly<Record<Name, RateLimit>>;
  /** Counts a request of `cost`, at least 1, if it is allowed; a refused one counts nothing. @throws Unavailable */
  check(key: RateLimitKey<Name>, cost: number): Promise<RateLimitCheck<Name>>;
  /** Counts nothing. @throws Unavailable */
  status(key: RateLimitKey<Name>): Promise<RateLimitStatus<Name>>;
  /** The whole burst is there again. @throws Unavailable */
  reset(key: RateLimitKey<Name>): Promise<void>;
  load(): Promise<SystemLoad>;
}

export interface RateLimiterOptions<Name extends string = RateLimitName> {
  redis: () => Redis;
  /** False allows everything without asking Redis. */
  enabled: boolean;
  /** All processes must have the same. */
  limits: Readonly<Record<Name, RateLimit>>;
  /** Told what came of each check. */
  onCheck?: (check: RateLimitCheck<Name>) => void;
  /** Milliseconds since the epoch; default: Redis's own clock, which all processes share. */
  now?: () => number;
}

/**
 * KEYS: bucket, load. ARGV: now or 0; rate; burst; cost, 0 to look only; 1 when the rate is adaptive.
 * Returns 1 when the cost is there, whole tokens left, ms until it is there, ms until the bucket is full, load factor.
 * What a bucket gains is counted at the rate of the moment at which it is looked at. A bucket that expires was full;
 * a minute at least is kept for clocks that differ.
 */
const checkScript = createScript(`${loadLua}
local now, perSecond, burst = clock(tonumber(ARGV[1])), tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, factor = tonumber(ARGV[4]), ARGV[5] == '1' and loadFactor(KEYS[2], now) or 1
local rate = perSecond * factor
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = burst, now
if state[1] then
  -- A clock that steps back gains nothing, and nothing twice when it has caught up.
  at = math.max(now, tonumber(state[2]))
  tokens = math.min(burst, tonumber(state[1]) + (at - tonumber(state[2])) / 1000 * rate)
end
local allowed = tokens + 1e-6 >= cost
if cost > 0 and allowed then
  tokens = math.max(0, tokens - cost)
  redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', at)
  redis.call('PEXPIRE', KEYS[1], math.max(60000, math.ceil((burst - tokens) / (perSecond * ${loadFactor.lowest}) * 1000)))
end
local wait = allowed and 0 or math.ceil((cost - tokens) / rate * 1000)
return { allowed and 1 or 0, math.floor(tokens + 1e-6), wait, math.ceil((burst - tokens) / rate * 1000), tostring(factor) }
`);

/** Rate limits of requests, in Redis: one script call a check. Redis away is `Unavailable`, never "allowed". */
export function createRateLimiter<Name extends string>(options: RateLimiterOptions<Name>): RateLimiter<Name> {
  const { redis, enabled, limits, onCheck, now = () => 0 } = options;
  const ask = async (key: RateLimitKey<Name>, cost: number): Promise<RateLimitCheck<Name>> => {
    const { perSecond, burst, adaptive } = limits[key.limit];
    if (!enabled) return unlimited(key, { perSecond, burst });
    const keys = [rateLimitKey(key.limit, key.tenantId, key.user), systemLoadKey];
    const args = [now(), perSecond, burst, cost, adaptive ? 1 : 0];
    const connection = redis();
    const reply = await beforeDeadline(connection, () => checkScript.run(connection, keys, args));
    const [allowed, remaining, waitMs, resetMs, text] = reply as [number, number, number, number, string];
    const factor = Number(text);
    return {
      ...{ limit: key.limit, enabled, perSecond: perSecond * factor, burst, remaining, resetMs },
      ...{ loadFactor: factor, allowed: allowed === 1, waitMs },
    };
  };
  return {
    limits,
    check: async (key, cost) => {
      const check = await ask(key, cost);
      onCheck?.(check);
      return check;
    },
    status: async (key) => statusOf(await ask(key, 0)),
    reset: async ({ limit, tenantId, user }) => {
      if (!enabled) return;
      const connection = redis();
      await beforeDeadline(connection, () => connection.unlink(rateLimitKey(limit, tenantId, user)));
    },
    load: async () => (enabled ? readLoad(redis(), now) : { factor: 1 }),
  };
}

function statusOf<Name extends string>(check: RateLimitCheck<Name>): RateLimitStatus<Name> {
  const { limit, enabled, perSecond, burst, remaining, resetMs, loadFactor: factor } = check;
  return { limit, enabled, perSecond, burst, remaining, resetMs, loadFactor: factor };
}

function unlimited<Name extends string>(
  { limit }: RateLimitKey<Name>,
  { perSecond, burst }: Pick<RateLimit, "perSecond" | "burst">,
): RateLimitCheck<Name> {
  const status = { limit, enabled: false, perSecond, burst, remaining: burst, resetMs: 0, loadFactor: 1 };
  return { ...status, allowed: true, waitMs: 0 };
}
