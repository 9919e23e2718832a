import type { Redis } from "ioredis";
import { InvalidInput } from "../domain/errors.js";
import { readPermitStatus, resetPermits } from "../throttle/limits-status.js";
import { createRedis } from "../throttle/redis.js";
import type { PermitStore } from "./limits.js";

/** Connects to Redis when it is first asked: few callers of the SDK look at permits. */
export function createPermitStore(config: { redisUrl: string | undefined; timeZone: string }): PermitStore & {
  close(): void;
} {
  let redis: Redis | undefined;
  function connect(): Redis {
    if (config.redisUrl === undefined) {
      const problem = "is missing; what is spent of a limit is counted in Redis";
      throw new InvalidInput([{ field: "redisUrl", problem }]);
    }
    return (redis ??= createRedis(config.redisUrl, { name: "floe-client", whenAway: "fail" }));
  }
  return {
    status: async (limits) => readPermitStatus(connect(), limits, { timeZone: config.timeZone }),
    reset: async (scope, key) => resetPermits(connect(), scope, key),
    close: () => redis?.disconnect(),
  };
}
