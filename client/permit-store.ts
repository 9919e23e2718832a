import type { Redis } from "ioredis";
import type { AllowanceStore } from "../db/allowances.js";
import { limitName } from "../throttle/limit-table.js";
import { readPermitStatus, resetPermits } from "../throttle/limits-status.js";
import type { PermitStore } from "./limits.js";

/** @param timeZone IANA name; must be the one permits are granted by. */
export function createPermitStore(
  redis: () => Redis,
  allowances: Pick<AllowanceStore, "forget">,
  timeZone: string,
): PermitStore {
  return {
    status: async (limits) => readPermitStatus(redis(), limits, { timeZone }),
    async reset(scope, key) {
      // In this order: a Redis that still counted what Postgres has forgotten would only grant less.
      await allowances.forget(limitName(scope, key));
      await resetPermits(redis(), scope, key);
    },
  };
}
