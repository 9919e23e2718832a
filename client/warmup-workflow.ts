import type { Client } from "@temporalio/client";
import type { WakeWarmup } from "../activities/warmup-ports.js";
import { warmupWorkflowId } from "../domain/ids.js";
import {
  planDaySignal,
  warmupJobType,
  warmupWorkflowType,
  type WarmupInput,
} from "../workflows/warmup-messages.js";
import { startOptionsOf } from "./start-options.js";

/** Workflow `warmup/<warmupId>`: how it is started and told to look at its row. */
export interface WarmupWorkflow {
  wake: WakeWarmup;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createWarmupWorkflow(connect: () => Promise<Client>): WarmupWorkflow {
  return {
    async wake({ warmupId, tenantId, kind, key }) {
      const args: [WarmupInput] = [{ warmupId }];
      const { workflow } = await connect();
      await workflow.signalWithStart(warmupWorkflowType, {
        ...startOptionsOf({
          workflowId: warmupWorkflowId(warmupId),
          tenantId,
          jobType: warmupJobType,
          lane: "warmup",
        }),
        args,
        memo: { tenant: tenantId },
        staticSummary: `Warmup of ${kind} ${warmupId} (${tenantId})`,
        staticDetails: `How it stands: \`floe warmup show ${warmupId}\`.${kind === "node" ? ` It is node ${key}.` : ""}`,
        signal: planDaySignal,
        signalArgs: [],
      });
    },
  };
}
