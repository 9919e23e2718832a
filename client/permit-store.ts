import type { Redis } from "ioredis";
import { readPermitStatus, resetPermits } from "../throttle/limits-status.js";
import type { PermitStore } from "./limits.js";

/** @param timeZone IANA name; must be the one permits are granted by. */
export function createPermitStore(redis: () => Redis, timeZone: string): PermitStore {
  return {
    status: async (limits) => readPermitStatus(redis(), limits, { timeZone }),
    reset: async (scope, key) => resetPermits(redis(), scope, key),
  };
}
