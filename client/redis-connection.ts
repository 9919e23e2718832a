import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { InvalidInput } from "../domain/errors.js";
import { createRedis } from "../throttle/redis.js";
import type { ResolvedConfig } from "./resolve-config.js";

export interface RedisConnection {
  /** The same connection each time, made when it is first asked for. @throws InvalidInput when no Redis was named */
  get: () => Redis;
  /** A connection of the caller's own, which it closes; it takes up by itself what an outage interrupted. */
  open: (name: string) => Redis;
  close: () => void;
}

/** Connects to Redis when it is first asked: few callers of the SDK need it. */
export function createRedisConnection(
  { redisUrl, redisTls }: Pick<ResolvedConfig, "redisUrl" | "redisTls">,
  log?: Logger,
): RedisConnection {
  let redis: Redis | undefined;
  const open = (name: string, whenAway: "fail" | "retry"): Redis => {
    if (redisUrl === undefined) {
      const problem = "is missing; limits are counted and progress is told in Redis";
      throw new InvalidInput([{ field: "redisUrl", problem }]);
    }
    return createRedis(redisUrl, { name, whenAway, ...(redisTls && { tls: redisTls }), ...(log && { log }) });
  };
  return {
    get: () => (redis ??= open("floe-client", "fail")),
    open: (name) => open(name, "retry"),
    close: () => redis?.disconnect(),
  };
}
