import { adaptive, pathLua } from "./adaptive.js";

/** What a limit restrains; the script answers with the index. */
export const limitKinds = ["rate", "day", "concurrency", "adaptive", "hour", "stopped", "suspended"] as const;
export type LimitKind = (typeof limitKinds)[number];

/** A lease may end, and more be drawn, at any moment; whoever waits for it asks again after this. */
export const concurrencyPollMs = 100;
/** What is stopped is asked about again after this at the earliest and at the latest: it may be let go at any moment. */
const stoppedPollMs = { least: 60_000, most: 24 * 3_600_000 };
/** First of a reply that grants nothing, because allowances are to be drawn from before. */
export const mustDraw = -1;

/**
 * All permits of a request in one call: reads the state of each limit once, grants the asks in order, writes back what
 * changed. Time is Redis's own, so that processes with different clocks share one bucket.
 *
 * KEYS: per limit its hash and its leases; per path its hash.
 * ARGV: now or 0; lease id; lease ms; 1 when it may not answer that allowances are to be drawn from;
 *   count of days, each: start ms, date;
 *   count of limits, each: rate, capacity, reserve (messages), per day, per hour, concurrency (0: none), stopped until (0: it
 *   is not), ttl ms;
 *   count of paths, each: configured rate or 0, and what is known of it from elsewhere: blocked until, rate of a trickle,
 *     until when;
 *   count of asks, each: messages, count of paths, paths (from 1), count of limits, limits (from 1).
 * Returns per ask: messages granted, kind that held the rest back (0: none), its limit (below 0: the path), wait ms;
 * last of all the time at which it granted. Or `mustDraw`, then per limit that more could be drawn of: the limit, its
 * day, messages; then nothing was granted.
 *
 * Of a day's allowance Redis may grant what was drawn from Postgres before (`drawn`), so that a Redis that forgets
 * everything cannot grant it twice. `out` is the allowance of which nothing more could be drawn.
 */
export const permitLua = `${pathLua}
local position = 0
local function text() position = position + 1 return ARGV[position] end
local function number() return tonumber(text()) end
-- Sums of binary fractions fall short of the whole number they stand for.
local function whole(tokens) return math.floor(tokens + 1e-6) end

local now = clock(number())
local leaseId, leaseMs, isFinal = text(), number(), number() == 1

local day, dayEnds = '', nil
for _ = 1, number() do
  local start, date = number(), text()
  if start <= now then day = date else dayEnds = dayEnds or start end
end
local hour = math.floor(now / 3600000)

local limits = {}
local count = number()
for i = 1, count do
  local limit = { hash = KEYS[2 * i - 1], leases = KEYS[2 * i], rate = number(), capacity = number(), reserve = number(),
    perDay = number(), perHour = number(), concurrency = number(), stopped = number(), ttl = number(), granted = 0, wanted = 0 }
  local state = redis.call('HMGET', limit.hash, 'tokens', 'at', 'day', 'used', 'leased', 'drawn', 'out', 'hour', 'usedHour')
  if limit.rate > 0 then
    local tokens = tonumber(state[1])
    local gained = tokens and math.max(0, now - tonumber(state[2])) / 1000 * limit.rate
    limit.tokens = tokens and math.min(limit.capacity, tokens + gained) or limit.capacity
  end
  -- A clock that steps back over midnight must not open the next day's allowance twice.
  limit.day = state[3] and state[3] > day and state[3] or day
  limit.begins = state[3] ~= limit.day
  local function today(field) return not limit.begins and tonumber(state[field]) or 0 end
  limit.used, limit.drawn, limit.out = today(4), today(6), today(7)
  limit.hour = math.max(hour, tonumber(state[8]) or 0)
  limit.usedHour = tonumber(state[8]) == limit.hour and tonumber(state[9]) or 0
  if limit.concurrency > 0 then
    local expired = redis.call('ZRANGEBYSCORE', limit.leases, '-inf', now)
    limit.leased = tonumber(state[5]) or 0
    for _, member in ipairs(expired) do limit.leased = limit.leased - tonumber(member:match(':(%d+)$')) end
    if #expired > 0 then redis.call('ZREMRANGEBYSCORE', limit.leases, '-inf', now) end
    if #expired > 0 or limit.leased > 0 then
      if redis.call('ZCARD', limit.leases) == 0 then limit.leased = 0 end
      redis.call('HSET', limit.hash, 'leased', limit.leased)
    end
  end
  limits[i] = limit
end

local paths = {}
for i = 1, number() do
  local path = { hash = KEYS[2 * count + i], configured = number(), granted = 0 }
  local toldBlocked, toldTrickle, toldTrickleUntil = number(), number(), number()
  local state = redis.call('HMGET', path.hash, 'base', 'since', 'from', 'blocked', 'tokens', 'at', 'seen', 'seenAt', 'seenSince',
    'trickle', 'trickleUntil')
  for field = 1, 11 do state[field] = tonumber(state[field]) end
  path.slowed, path.blocked = state[1] ~= nil, math.max(state[4] or 0, toldBlocked)
  path.rate = adaptiveRate(state[1], state[2], state[3], path.configured, now)
  if (state[11] or 0) > now then path.rate = math.min(path.rate or state[10], state[10]) end
  if toldTrickleUntil > now then path.rate = math.min(path.rate or toldTrickle, toldTrickle) end
  if path.rate then
    local gained = math.max(0, now - math.max(state[6] or now, path.blocked)) / 1000 * path.rate
    path.tokens = math.min(math.max(1, path.rate), (state[5] or 1) + gained)
  end
  path.seen, path.seenAt, path.seenSince = state[7] or 0, state[8] or now, state[9] or now
  paths[i] = path
end

-- Calls visit(kind, limit index, room in messages, ms until there is room for one) for all that restrains an ask.
local function restraints(ask, visit)
  for _, index in ipairs(ask.limits) do
    local limit = limits[index]
    if limit.rate > 0 then
      local room = limit.tokens - limit.reserve
      visit(1, index, whole(room), (1 - room) / limit.rate * 1000)
    end
    if limit.perDay > 0 then
      local wait = limit.drawn < limit.perDay and limit.out ~= limit.perDay and ${concurrencyPollMs} or (dayEnds or now + 3600000) - now
      visit(2, index, math.min(limit.perDay, limit.drawn) - limit.used, wait)
    end
    if limit.perHour > 0 then visit(5, index, limit.perHour - limit.usedHour, (limit.hour + 1) * 3600000 - now) end
    if limit.stopped > 0 then
      visit(6, index, 0, math.min(${stoppedPollMs.most}, math.max(${stoppedPollMs.least}, limit.stopped - now)))
    end
    if limit.concurrency > 0 then visit(3, index, limit.concurrency - limit.leased, ${concurrencyPollMs}) end
  end
  for _, index in ipairs(ask.paths) do
    local path = paths[index]
    if path.blocked > now then visit(7, -index, 0, path.blocked - now)
    elseif path.rate then visit(4, -index, whole(path.tokens), (1 - path.tokens) / path.rate * 1000) end
  end
end

local function consume(ask, granted)
  for _, index in ipairs(ask.limits) do
    local limit = limits[index]
    limit.granted = limit.granted + granted
    limit.used = limit.used + granted
    limit.usedHour = limit.usedHour + granted
    if limit.tokens then limit.tokens = limit.tokens - granted end
    if limit.leased then limit.leased = limit.leased + granted end
  end
  for _, index in ipairs(ask.paths) do
    local path = paths[index]
    path.granted = path.granted + granted
    if path.tokens then path.tokens = path.tokens - granted end
  end
end

local asks = {}
for n = 1, number() do
  local ask = { messages = number(), paths = {}, limits = {} }
  for i = 1, number() do ask.paths[i] = number() end
  for i = 1, number() do
    ask.limits[i] = number()
    local limit = limits[ask.limits[i]]
    limit.wanted = limit.wanted + ask.messages
  end
  asks[n] = ask
end

local reply = {}
for i, limit in ipairs(limits) do
  local lacking = math.min(limit.wanted, limit.perDay - limit.used) - (limit.drawn - limit.used)
  if limit.perDay > 0 and lacking > 0 and limit.out ~= limit.perDay and not isFinal then
    if #reply == 0 then reply[1] = ${mustDraw} end
    for _, value in ipairs({ i, limit.day, lacking }) do reply[#reply + 1] = value end
  end
end
if #reply > 0 then return reply end

for _, ask in ipairs(asks) do
  local granted = ask.messages
  restraints(ask, function(_, _, room) granted = math.min(granted, math.max(0, room)) end)
  if granted > 0 then consume(ask, granted) end
  local kind, holder, longest = 0, 0, 0
  if granted < ask.messages then
    restraints(ask, function(k, index, room, wait)
      if room < 1 and (kind == 0 or wait > longest) then kind, holder, longest = k, index, wait end
    end)
  end
  for _, value in ipairs({ granted, kind, holder, math.max(0, math.ceil(longest)) }) do reply[#reply + 1] = value end
end

for _, limit in ipairs(limits) do
  if limit.granted > 0 then
    local state = { 'day', limit.day, 'used', limit.used }
    local function keep(field, value) state[#state + 1] = field state[#state + 1] = value end
    if limit.begins then keep('drawn', 0) keep('out', 0) end
    if limit.perHour > 0 then keep('hour', limit.hour) keep('usedHour', limit.usedHour) end
    if limit.tokens then keep('tokens', limit.tokens) keep('at', now) end
    if limit.leased then
      keep('leased', limit.leased)
      redis.call('ZADD', limit.leases, now + leaseMs, leaseId .. ':' .. limit.granted)
      redis.call('PEXPIRE', limit.leases, leaseMs)
    end
    redis.call('HSET', limit.hash, unpack(state))
    -- Once a day is enough: a state is kept for at least two.
    if limit.begins then redis.call('PEXPIRE', limit.hash, limit.ttl) end
  end
end
for _, path in ipairs(paths) do
  if path.slowed and not path.rate and path.blocked <= now then
    redis.call('HDEL', path.hash, 'base', 'since', 'from', 'blocked', 'tokens', 'at', 'slowedAt', 'trickle', 'trickleUntil')
  end
  if path.granted > 0 then
    if now - path.seenAt > ${3 * adaptive.observeMs} then path.seen, path.seenSince = 0, now end
    local seen = path.seen * math.exp(-math.max(0, now - path.seenAt) / ${adaptive.observeMs}) + path.granted
    redis.call('HSET', path.hash, 'seen', seen, 'seenAt', now, 'seenSince', path.seenSince)
    if path.tokens then redis.call('HSET', path.hash, 'tokens', path.tokens, 'at', now) end
    -- Of a slowed one, the reply that slowed it says how long it is kept.
    if not path.slowed then redis.call('PEXPIRE', path.hash, math.max(60000, math.ceil(2000 / (path.rate or 1)))) end
  end
end
reply[#reply + 1] = now
return reply
`;
