import type { Redis } from "ioredis";
import { leasesKey, limitKey } from "./keys.js";
import { clockLua, createScript } from "./script.js";

/** How long a lease outlives its process. */
export const leaseMs = 60_000;
/** A group of messages is on the wire no longer than RFC 5321 (4.5.3.2.6) lets a server think about one: 10 minutes, and some. */
const longestHeldMs = 15 * 60_000;

export const endLeaseLua = `
local function endLease(hash, leases, member)
  if redis.call('ZREM', leases, member) == 1 then
    redis.call('HINCRBY', hash, 'leased', -tonumber(member:match(':(%d+)$')))
  end
end
`;

/** KEYS: per limit its hash and its leases. ARGV: per limit the member. */
const releaseScript = createScript(`${endLeaseLua}
for i, member in ipairs(ARGV) do endLease(KEYS[2 * i - 1], KEYS[2 * i], member) end
`);

/** KEYS: leases. ARGV: now or 0, lease ms, then the member of each key. A lease that expired meanwhile stays expired. */
const renewScript = createScript(`${clockLua}
local now, leaseMs = clock(tonumber(ARGV[1])), tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'XX', now + leaseMs, ARGV[i + 2])
  redis.call('PEXPIRE', key, leaseMs)
end
`);

/** A permit's messages on the wire, per limit that counts them. */
export interface Lease {
  leaseId: string;
  held: { limit: string; messages: number }[];
}

export interface Leases {
  /** Keeps the lease from expiring while this process lives, until it is released. */
  hold(lease: Lease): void;
  /** Without waiting; a lease that Redis is not told about expires by itself. */
  release(leaseId: string): void;
  /** Renews it no more and hands it over to whoever tells Redis; undefined when it was released or forgotten. */
  take(leaseId: string): Lease | undefined;
}

/** @param now milliseconds instead of Redis's own clock; 0 means Redis's. */
export function createLeases(redis: Redis, now: () => number): Leases {
  const open = new Map<string, Lease & { since: number }>();
  let timer: NodeJS.Timeout | undefined;

  const renew = () => {
    const oldest = Date.now() - longestHeldMs;
    for (const { leaseId, since } of open.values()) if (since < oldest) open.delete(leaseId);
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    if (redis.status !== "ready") return;
    const held = [...open.values()].flatMap((lease) =>
      lease.held.map((part) => ({ ...part, leaseId: lease.leaseId })),
    );
    const keys = held.map(({ limit }) => leasesKey(limit));
    renewScript.run(redis, keys, [now(), leaseMs, ...held.map(member)]).catch(() => undefined);
  };

  const take = (leaseId: string): Lease | undefined => {
    const lease = open.get(leaseId);
    open.delete(leaseId);
    return lease;
  };

  return {
    take,
    hold: (lease) => {
      open.set(lease.leaseId, { ...lease, since: Date.now() });
      timer ??= setInterval(renew, leaseMs / 3).unref();
    },
    release: (leaseId) => {
      const lease = take(leaseId);
      if (lease) releaseScript.run(redis, leaseKeys(lease), leaseMembers(lease)).catch(() => undefined);
    },
  };
}

/** Per limit its hash and its leases. */
export function leaseKeys({ held }: Lease): string[] {
  return held.flatMap(({ limit }) => [limitKey(limit), leasesKey(limit)]);
}

/** Per limit the lease's member. */
export function leaseMembers({ leaseId, held }: Lease): string[] {
  return held.map(({ messages }) => member({ leaseId, messages }));
}

function member({ leaseId, messages }: { leaseId: string; messages: number }): string {
  return `${leaseId}:${messages}`;
}
