import type { Redis } from "ioredis";
import type { Allowances, Limit } from "../domain/permits.js";
import { limitKey } from "./keys.js";
import { limitName } from "./limit-table.js";
import { keepMs, type Draw } from "./permit-call.js";
import { createScript } from "./script.js";

const drawsADay = 50;

/**
 * KEYS: the limit's hash. ARGV: day; messages drawn; the allowance, when no more can be drawn of it, else 0; ttl ms.
 * What was drawn of a day that has passed is left.
 */
const creditScript = createScript(`
local day = redis.call('HGET', KEYS[1], 'day')
if day and day > ARGV[1] then return end
if day ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'day', ARGV[1], 'used', 0, 'drawn', 0)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
redis.call('HINCRBY', KEYS[1], 'drawn', ARGV[2])
redis.call('HSET', KEYS[1], 'out', ARGV[3])
`);

/** Draws from Postgres what a request lacks, and tells Redis. @throws Unavailable while Postgres is away */
export async function drawAllowances(redis: Redis, allowances: Allowances, draws: Draw[]): Promise<void> {
  await Promise.all(
    draws.map(async ({ limit, day, messages }) => {
      const name = limitName(limit.scope, limit.key);
      const wanted = Math.max(messages, shareOf(limit));
      const perDay = limit.perDay ?? 0;
      const drawn = await allowances.draw(name, day, { messages: wanted, perDay });
      const out = drawn < wanted ? perDay : 0;
      await creditScript.run(redis, [limitKey(name)], [day, drawn, out, keepMs(limit)]);
    }),
  );
}

/** Few round trips for large allowances, and little to lose. */
function shareOf({ perDay = 0 }: Limit): number {
  return Math.ceil(perDay / drawsADay);
}
