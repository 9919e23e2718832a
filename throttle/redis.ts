import type { ConnectionOptions } from "node:tls";
import { Redis } from "ioredis";
import type { Logger } from "pino";
import { redisTls, tlsFaultOf } from "../domain/tls-fault.js";

export interface RedisConnectionOptions {
  /** Shown in `CLIENT LIST`. */
  name?: string;
  /**
   * `fail`: commands on the wire when the connection breaks are rejected (permits: a permit nobody waits for must not be
   * taken later). `retry`: they are sent again until Redis is back (journal marks, which are idempotent).
   */
  whenAway: "fail" | "retry";
  /** Of `rediss://`; default: what the system trusts. */
  tls?: ConnectionOptions;
  log?: Logger;
}

/**
 * A connection that reconnects for ever, at least once a second, and logs `redis.away` once an outage. Auto-pipelining is
 * off: it holds commands back while a pipeline is on the wire, and delivery sends few, large ones.
 * @param url `redis://[:password@]host:port[/db]`, or `rediss://` for TLS.
 */
export function createRedis(url: string, options: RedisConnectionOptions): Redis {
  const redis = new Redis(url, {
    ...(options.name !== undefined && { connectionName: options.name }),
    ...(options.tls && { tls: options.tls }),
    connectTimeout: 5_000,
    // Destroys a connection that owes an answer for so long: a half-open one would look alive for minutes.
    socketTimeout: 5_000,
    maxRetriesPerRequest: options.whenAway === "fail" ? 0 : null,
    retryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), 1_000),
  });
  // Every request that waits for the connection listens to it.
  redis.setMaxListeners(0);
  logOutages(redis, options);
  return redis;
}

function logOutages(redis: Redis, { log, name }: RedisConnectionOptions): void {
  let away = false;
  redis.on("error", (error: Error) => {
    if (away) return;
    away = true;
    const fault = tlsFaultOf(error, redisTls);
    const why = fault && `${fault.field} ${fault.problem}`;
    log?.warn({ connection: name, err: error, ...(why && { why }) }, "redis.away");
  });
  redis.on("ready", () => {
    if (away) log?.info({ connection: name }, "redis.back");
    away = false;
  });
}
