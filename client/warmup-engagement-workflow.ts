import type { Client } from "@temporalio/client";
import { warmupEngagementWorkflowId } from "../domain/ids.js";
import {
  lookSignal,
  warmupEngagementJobType,
  warmupEngagementType,
  type EngagementInput,
} from "../workflows/warmup-engagement-messages.js";
import { isWorkflowGone } from "./failures.js";
import { startOptionsOf } from "./start-options.js";

/** Workflow `warmup-engagement/<mailboxId>`. */
export interface WarmupEngagementWorkflow {
  /** Has it look now; one that is not there is started. */
  wake(mailbox: EngagementInput): Promise<void>;
  /** Has one that runs look now. */
  stir(mailboxId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createWarmupEngagementWorkflow(connect: () => Promise<Client>): WarmupEngagementWorkflow {
  return {
    async wake({ tenantId, mailboxId }) {
      const args: [EngagementInput] = [{ tenantId, mailboxId }];
      const { workflow } = await connect();
      await workflow.signalWithStart(warmupEngagementType, {
        ...startOptionsOf({
          workflowId: warmupEngagementWorkflowId(mailboxId),
          tenantId,
          jobType: warmupEngagementJobType,
          lane: "warmup",
        }),
        args,
        memo: { tenant: tenantId },
        staticSummary: `Engagement of warmup mailbox ${mailboxId} (${tenantId})`,
        staticDetails: `What it wrote and got: \`floe warmup mailbox messages ${mailboxId} --tenant ${tenantId}\`.`,
        signal: lookSignal,
        signalArgs: [],
      });
    },
    async stir(mailboxId) {
      try {
        await (await connect()).workflow.getHandle(warmupEngagementWorkflowId(mailboxId)).signal(lookSignal);
      } catch (error) {
        if (!isWorkflowGone(error)) throw error;
      }
    },
  };
}
