import { createPool } from "../db/pool.js";
import { createObjectStore } from "../storage/object-store.js";
import { createRateLimiter } from "../throttle/rate-limiter.js";
import { assembleFloe, type FloeCalls } from "./assemble.js";
import { createRedisConnection } from "./redis-connection.js";
import { resolveConfig, type ConnectOptions } from "./resolve-config.js";
import { createTemporalClient } from "./temporal.js";

export type { ConnectOptions } from "./resolve-config.js";

export interface Floe extends FloeCalls {
  /** Ends every connection; running campaigns are not touched. */
  close(): Promise<void>;
}

/**
 * Connects to Floe. What `options` leave out is taken from the environment, and what that leaves out from the local stack
 * that runs in this folder. Servers are connected to when a call first needs them.
 * @throws ConfigInvalid naming what is missing
 */
export async function connectFloe(options: ConnectOptions = {}): Promise<Floe> {
  const config = resolveConfig(options);
  // An idle connection that breaks is replaced by the pool; the next call reports what is wrong.
  const pool = createPool(config.databaseUrl, { max: 5 });
  const temporal = createTemporalClient(config.temporal, options.interceptors);
  const redis = createRedisConnection(config);
  const limiter = createRateLimiter({
    redis: redis.get,
    enabled: config.rateLimitEnabled,
    limits: config.rateLimits,
  });
  const objects = createObjectStore(config);

  return {
    ...assembleFloe({ pool, temporal, redis, limiter, objects }, config),
    async close() {
      redis.close();
      objects.close();
      await Promise.all([temporal.close(), pool.end()]);
    },
  };
}
