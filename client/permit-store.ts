import type { Redis } from "ioredis";
import type { AllowanceStore } from "../db/allowances.js";
import type { SuspensionStore } from "../db/suspensions.js";
import { everyMailboxProvider } from "../domain/suspensions.js";
import { limitName } from "../throttle/limit-table.js";
import { readPermitStatus, resetPermits, resumePaths } from "../throttle/limits-status.js";
import type { PermitStore } from "./limits.js";

export interface PermitFacts {
  allowances: Pick<AllowanceStore, "forget">;
  suspensions: Pick<SuspensionStore, "loadSuspensions" | "liftSuspensions" | "requireNode">;
}

/** @param timeZone IANA name; must be the one permits are granted by. */
export function createPermitStore(
  redis: () => Redis,
  { allowances, suspensions }: PermitFacts,
  timeZone: string,
): PermitStore {
  return {
    async status(limits) {
      const [status, held] = await Promise.all([
        readPermitStatus(redis(), limits, { timeZone }),
        suspensions.loadSuspensions(),
      ]);
      return { ...status, suspensions: held };
    },
    async reset(scope, key, by) {
      // In this order: a Redis that still counted what Postgres has forgotten would only grant less.
      await allowances.forget(limitName(scope, key));
      if (scope === "node") await suspensions.liftSuspensions({ nodeId: key, by });
      if (scope === "mailbox-provider") await suspensions.liftSuspensions({ mailboxProvider: key, by });
      await resetPermits(redis(), scope, key);
    },
    async resume({ nodeId, mailboxProvider, owner }, by) {
      await suspensions.requireNode(nodeId, owner);
      const isAll = mailboxProvider === everyMailboxProvider;
      const lifted = await suspensions.liftSuspensions({
        ...{ nodeId, by },
        ...(!isAll && { mailboxProvider }),
      });
      await resumePaths(redis(), nodeId, mailboxProvider);
      return lifted;
    },
  };
}
