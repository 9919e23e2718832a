import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script, called by its hash and sent whole only to a server that does not know it (yet, or after a restart). */
export interface Script {
  run(redis: Redis, keys: string[], args: (string | number | Buffer)[]): Promise<unknown>;
  /** The same with bulk replies as bytes. */
  runForBytes(redis: Redis, keys: string[], args: (string | number | Buffer)[]): Promise<unknown>;
}

export function createScript(lua: string): Script {
  const sha = createHash("sha1").update(lua).digest("hex");
  return {
    run: (redis, keys, args) =>
      redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error;
        return redis.eval(lua, keys.length, ...keys, ...args);
      }),
    runForBytes: (redis, keys, args) =>
      redis.callBuffer("evalsha", [sha, keys.length, ...keys, ...args]).catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error;
        return redis.callBuffer("eval", [lua, keys.length, ...keys, ...args]);
      }),
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
