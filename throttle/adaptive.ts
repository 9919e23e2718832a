import { clockLua } from "./script.js";

/**
 * The adaptive rate of a path from a node to a mailbox provider (or to all of them). A throttling reply halves the rate at which the path was
 * used; it then grows by a tenth every ten seconds, and is forgotten when it has grown past what it was halved from twice
 * over, or past the configured rate: it holds nothing back any more.
 */
export const adaptive = {
  /** Messages a second: one every ten seconds, as little as still tells us when the provider relents. */
  floorPerSecond: 0.1,
  growth: 1.1,
  growthMs: 10_000,
  /** Throttling replies of connections that were open together come together: they halve once. */
  halveOnceInMs: 1_000,
  /** Time constant of the observed rate. */
  observeMs: 5_000,
  /** Ends earlier when the rate has recovered; this is for paths that are never used again. */
  keepMs: 24 * 3_600_000,
} as const;

/** What a path's hash says of its adaptive rate. */
export interface SlowedPath {
  /** Messages a second at `since`. */
  base: number;
  since: number;
  /** The rate before the first halving. */
  from: number;
}

/** The highest rate that a reply left to a path, until when; 0: none. */
export interface Trickling {
  perSecond: number;
  until: number;
}

/** Present adaptive rate, messages a second, or undefined when it has recovered. */
export function adaptiveRate({ base, since, from }: SlowedPath, nowMs: number): number | undefined {
  const steps = Math.max(0, Math.floor((nowMs - since) / adaptive.growthMs));
  const rate = base * adaptive.growth ** steps;
  return rate >= 2 * from ? undefined : rate;
}

/** The same in Lua, shared by the scripts; `configured` is the lowest configured rate of the path, 0 when there is none. */
const rateLua = `${clockLua}
local function adaptiveRate(base, since, from, configured, now)
  if not base then return nil end
  local steps = math.max(0, math.floor((now - since) / ${adaptive.growthMs}))
  local rate = base * ${adaptive.growth} ^ steps
  if rate >= 2 * from or (configured > 0 and rate >= configured) then return nil end
  return rate
end
`;

export const pathLua = `${rateLua}
-- Messages counted with exponential decay, made a rate; the divisor corrects for a path that has just begun (a second ago
-- at least: a first group is no rate).
local function observedRate(seen, seenAt, seenSince, now)
  local constant = ${adaptive.observeMs}
  local weight = constant * (1 - math.exp(-math.max(1000, now - seenSince) / constant)) / 1000
  return seen * math.exp(-(now - seenAt) / constant) / weight
end
`;

/**
 * KEYS: path, slowed paths. ARGV: now or 0, ms to leave it alone or 0, configured rate or 0, the path's member, rate of the
 * trickle or 0, its ms.
 * Returns until when it is blocked and was, until when it trickles and did.
 */
export const slowDownLua = `${pathLua}
local now, suspend, configured = clock(tonumber(ARGV[1])), tonumber(ARGV[2]), tonumber(ARGV[3])
local trickle, trickleMs = tonumber(ARGV[5]), tonumber(ARGV[6])
local path = redis.call('HMGET', KEYS[1], 'base', 'since', 'from', 'blocked', 'slowedAt', 'seen', 'seenAt', 'seenSince',
  'trickle', 'trickleUntil')
for i = 1, 10 do path[i] = tonumber(path[i]) end
local base, since, from, blocked, slowedAt, seen, seenAt, seenSince, trickled, trickledUntil = unpack(path, 1, 10)
local blockedUntil = math.max(blocked or 0, now + suspend)
local trickleUntil = trickledUntil or 0
if trickle > 0 then
  if trickled and trickleUntil > now then trickle = math.min(trickle, trickled) end
  trickleUntil = math.max(trickleUntil, now + trickleMs)
  redis.call('HSET', KEYS[1], 'trickle', trickle, 'trickleUntil', trickleUntil)
end
local rate = adaptiveRate(base, since, from, configured, now)
if not rate or now - slowedAt >= ${adaptive.halveOnceInMs} then
  if not rate then
    rate = configured > 0 and configured or 1
    if seen then
      local observed = observedRate(seen, seenAt, seenSince, now)
      rate = configured > 0 and math.min(configured, observed) or observed
    end
    from = math.max(${adaptive.floorPerSecond}, rate)
  end
  base, slowedAt = math.max(${adaptive.floorPerSecond}, rate / 2), now
  redis.call('HSET', KEYS[1], 'tokens', 0, 'at', now)
end
-- It grows again from when it is left to itself.
redis.call('HSET', KEYS[1], 'base', base, 'since', math.max(slowedAt, blockedUntil, trickleUntil), 'from', from,
  'blocked', blockedUntil, 'slowedAt', slowedAt)
redis.call('PEXPIRE', KEYS[1], math.floor(${adaptive.keepMs} + math.max(blockedUntil, trickleUntil, now) - now))
redis.call('SADD', KEYS[2], ARGV[4])
return { blockedUntil, blocked or 0, trickleUntil, trickledUntil or 0 }
`;
