import { z } from "zod";
import { InvalidInput } from "../domain/errors.js";
import { rateLimitNames, type RateLimitCheck, type RateLimitStatus } from "../domain/rate-limits.js";
import type { SystemLoad } from "../domain/system-load.js";
import type { RateLimiter } from "../throttle/rate-limiter.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

const limitSchema = z.enum(rateLimitNames, `must be ${rateLimitNames.join(", ")}`);

export const keySchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** One user of the tenant, counted alone; absent: the tenant's requests together. */
  user: nameSchema.optional(),
  /** Absent: all of them. */
  limit: limitSchema.optional(),
});
export type RateLimitsQuery = z.input<typeof keySchema>;

export const checkSchema = keySchema.extend({
  limit: limitSchema,
  /** Requests that this one counts as. */
  cost: z.int("must be a whole number").min(1, "must be above zero").default(1),
});
export type RateLimitRequest = z.input<typeof checkSchema>;

/** How often somebody may ask something of Floe. Redis away is `Unavailable`, never "allowed". */
export interface RateLimits {
  /** Where one limit, or each, stands; counts nothing. @throws InvalidInput, Unavailable */
  status(query: RateLimitsQuery): Promise<{ limits: RateLimitStatus[]; load: SystemLoad }>;
  /** Counts a request if it is allowed. @throws InvalidInput (also for a cost above the burst), Unavailable */
  check(request: RateLimitRequest): Promise<RateLimitCheck>;
  /** The whole burst is there again. @throws InvalidInput, Unavailable */
  reset(query: RateLimitsQuery): Promise<void>;
}

export function createRateLimits(limiter: RateLimiter): RateLimits {
  return {
    async status(query) {
      const keys = keysOf(query);
      const [load, limits] = await Promise.all([
        limiter.load(),
        Promise.all(keys.map((key) => limiter.status(key))),
      ]);
      return { limits, load };
    },
    async check(request) {
      const { cost, ...key } = parseInput(checkSchema, request);
      const { burst } = limiter.limits[key.limit];
      if (cost > burst) {
        const problem = `must be at most ${burst}, the burst of ${key.limit}`;
        throw new InvalidInput([{ field: "cost", problem }]);
      }
      return limiter.check(key, cost);
    },
    async reset(query) {
      await Promise.all(keysOf(query).map((key) => limiter.reset(key)));
    },
  };
}

function keysOf(query: RateLimitsQuery) {
  const { limit, ...who } = parseInput(keySchema, query);
  const names = limit === undefined ? rateLimitNames : [limit];
  return names.map((name) => ({ ...who, limit: name }));
}
