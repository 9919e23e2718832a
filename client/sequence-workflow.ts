import type { Client } from "@temporalio/client";
import type { SignalDefinition } from "@temporalio/common";
import type { Sequence } from "../db/sequences.js";
import { sequenceWorkflowId } from "../domain/ids.js";
import { sequenceJobType, sequenceWorkflowType, type SequenceInput } from "../workflows/sequence-messages.js";
import { startOptionsOf } from "./start-options.js";
import { workflowEnd } from "./workflow-end.js";

/** Workflow `sequence/<sequenceId>`: how the SDK starts, steers and awaits it. */
export interface SequenceWorkflow {
  /** Starts it; a running one is left as it is. */
  start(sequence: Sequence): Promise<void>;
  /** Also reaches a sequence whose workflow has ended or was lost: a new one finds the signal. */
  signal(sequence: Sequence, signal: SignalDefinition): Promise<void>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(sequenceId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createSequenceWorkflow(connect: () => Promise<Client>): SequenceWorkflow {
  return {
    async start(sequence) {
      await (await connect()).workflow.start(sequenceWorkflowType, startOptions(sequence));
    },
    async signal(sequence, signal) {
      const client = await connect();
      await client.workflow.signalWithStart(sequenceWorkflowType, {
        ...startOptions(sequence),
        signal,
        signalArgs: [],
      });
    },
    async ended(sequenceId) {
      await workflowEnd(await connect(), sequenceWorkflowId(sequenceId));
    },
  };
}

function startOptions({ tenantId, sequenceId, name }: Sequence) {
  const args: [SequenceInput] = [{ sequenceId }];
  return {
    ...startOptionsOf({
      workflowId: sequenceWorkflowId(sequenceId),
      tenantId,
      jobType: sequenceJobType,
      campaignId: sequenceId,
    }),
    args,
    memo: { sequence: name, tenant: tenantId },
    staticSummary: `${name} (${tenantId}), a sequence`,
    staticDetails: `How far each step is: \`floe sequence progress ${sequenceId} --tenant ${tenantId}\`.`,
  };
}
