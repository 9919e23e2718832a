import type { Client } from "@temporalio/client";
import { notifyWorkflowId } from "../domain/ids.js";
import {
  notifyJobType,
  notifySignal,
  notifyWorkflowType,
  type NotifyInput,
} from "../workflows/notify-messages.js";
import { startOptionsOf } from "./start-options.js";

/** Workflow `notify/<userId>`: how it is started and woken. */
export interface NotifyWorkflow {
  /** Also reaches one that has ended or was lost: a new one finds the signal. */
  wake(userId: string): Promise<void>;
}

/** People may belong to several tenants, and are told of all of them by one. */
const everyTenant = "*";

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createNotifyWorkflow(connect: () => Promise<Client>): NotifyWorkflow {
  return {
    async wake(userId) {
      const args: [NotifyInput] = [{ userId }];
      await (
        await connect()
      ).workflow.signalWithStart(notifyWorkflowType, {
        ...startOptionsOf({
          workflowId: notifyWorkflowId(userId),
          tenantId: everyTenant,
          jobType: notifyJobType,
        }),
        args,
        staticSummary: `Notifications of user ${userId}`,
        staticDetails: `What became of them: \`floe notifications deliveries --tenant <tenant> --user ${userId}\`.`,
        signal: notifySignal,
        signalArgs: [],
      });
    },
  };
}
