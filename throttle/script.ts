import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** Milliseconds: those given, or Redis's own clock for 0. */
export const clockLua = `
local function clock(given)
  if given > 0 then return given end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** A Lua script, called by its hash and sent whole only to a server that does not know it (yet, or after a restart). */
export interface Script {
  run(redis: Redis, keys: string[], args: (string | number | Buffer)[]): Promise<unknown>;
  /** The same with bulk replies as bytes. */
  runForBytes(redis: Redis, keys: string[], args: (string | number | Buffer)[]): Promise<unknown>;
}

export function createScript(lua: string): Script {
  const sha = createHash("sha1").update(lua).digest("hex");
  const sentTo = new WeakSet<Redis>();
  type Call = (command: "eval" | "evalsha", script: string) => Promise<unknown>;
  const run = (redis: Redis, call: Call) => {
    // The first call of a connection sends the script at once, which keeps it in order with the commands around it.
    if (!sentTo.has(redis)) {
      sentTo.add(redis);
      return call("eval", lua);
    }
    return call("evalsha", sha).catch((error: unknown) => {
      if (!isUnknownScript(error)) throw error;
      return call("eval", lua);
    });
  };
  return {
    run: (redis, keys, args) =>
      run(redis, (command, script) => redis.call(command, [script, keys.length, ...keys, ...args])),
    runForBytes: (redis, keys, args) =>
      run(redis, (command, script) => redis.callBuffer(command, [script, keys.length, ...keys, ...args])),
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
