import type { UnusedPermits } from "../domain/permits.js";
import { limitKey } from "./keys.js";
import { endLeaseLua, leaseKeys, leaseMembers, type Lease } from "./leases.js";
import { capacityOf, limitNamesOf } from "./limit-table.js";
import type { LimitOf } from "./permit-call.js";
import { clockLua } from "./script.js";

/**
 * Gives back what was granted and did not leave, and ends the permit's leases, in one call.
 *
 * Tokens: while the messages were away the bucket may have been full without them, and what flowed in then is lost to it.
 * How much that was nobody has counted; at the most it is what the rate yields in that time, so this much is kept. Then no
 * window ever gets more than it would have got had the messages never been asked for. The adaptive rate of a path gets
 * nothing back: a reply may have slowed it down meanwhile. What a day or an hour has counted is given back within it.
 *
 * KEYS: per lease its limit's hash and its leases; per limit that gets something back its hash.
 * ARGV: now or 0; when it was granted; the day of that; count of leases, the member of each;
 *   per limit: messages, rate, capacity.
 */
export const giveBackLua = `${clockLua}${endLeaseLua}
local now, grantedAt, day, leases = clock(tonumber(ARGV[1])), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
for i = 1, leases do endLease(KEYS[2 * i - 1], KEYS[2 * i], ARGV[4 + i]) end
local seconds = math.max(0, now - grantedAt) / 1000
for i = 1, #KEYS - 2 * leases do
  local hash, at = KEYS[2 * leases + i], 4 + leases + 3 * (i - 1)
  local messages, rate, capacity = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local state = redis.call('HMGET', hash, 'tokens', 'day', 'used', 'hour', 'usedHour')
  if state[1] and rate > 0 then
    local returned = math.max(0, messages - rate * seconds)
    redis.call('HSET', hash, 'tokens', math.min(capacity, tonumber(state[1]) + returned))
  end
  if tonumber(state[4]) == math.floor(grantedAt / 3600000) then
    redis.call('HSET', hash, 'usedHour', math.max(0, tonumber(state[5]) - messages))
  end
  if state[2] == day then redis.call('HSET', hash, 'used', math.max(0, tonumber(state[3]) - messages)) end
end
`;

export interface GiveBackContext {
  limitOf: LimitOf;
  /** The permit's leases, unless it has none or they have ended. */
  lease: Lease | undefined;
  /** The date of the day in which the permit was granted. */
  day: string;
  /** 0: Redis's own clock. */
  nowMs: number;
}

/** Puts what was not used into the words of the script. */
export function createGiveBackCall(
  unused: UnusedPermits,
  { limitOf, lease, day, nowMs }: GiveBackContext,
): { keys: string[]; args: (string | number)[] } {
  const limits = [...messagesByLimit(unused)].flatMap(([name, messages]) => {
    const limit = limitOf(name);
    return limit ? [{ name, messages, limit }] : [];
  });
  const members = lease ? leaseMembers(lease) : [];
  return {
    keys: [...(lease ? leaseKeys(lease) : []), ...limits.map(({ name }) => limitKey(name))],
    args: [
      ...[nowMs, unused.grantedAtMs, day, members.length, ...members],
      ...limits.flatMap(({ messages, limit }) => [messages, limit.perSecond ?? 0, capacityOf(limit)]),
    ],
  };
}

function messagesByLimit({ tenantId, sendId, asks }: UnusedPermits): Map<string, number> {
  const byLimit = new Map<string, number>();
  for (const ask of asks) {
    const { messages } = ask;
    for (const name of limitNamesOf({ tenantId, sendId }, ask))
      byLimit.set(name, (byLimit.get(name) ?? 0) + messages);
  }
  return byLimit;
}
