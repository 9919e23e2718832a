import type { Client } from "@temporalio/client";
import type { SignalDefinition } from "@temporalio/common";
import type { AbTest } from "../db/ab-tests.js";
import { abTestWorkflowId } from "../domain/ids.js";
import { abTestWorkflowType, pickSignal, type AbTestInput } from "../workflows/ab-test-messages.js";
import { campaignJobType } from "../workflows/campaign-messages.js";
import { startOptionsOf } from "./start-options.js";
import { workflowEnd } from "./workflow-end.js";

/** Workflow `ab-test/<abTestId>`: how the SDK starts, steers and awaits it. */
export interface AbTestWorkflow {
  /** Starts it; a running one is left as it is. */
  start(test: AbTest): Promise<void>;
  /** Also reaches a test whose workflow was lost: a new one finds the signal. */
  signal(test: AbTest, signal: SignalDefinition): Promise<void>;
  pick(test: AbTest, variant: number): Promise<void>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(abTestId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createAbTestWorkflow(connect: () => Promise<Client>): AbTestWorkflow {
  return {
    async start(test) {
      await (await connect()).workflow.start(abTestWorkflowType, startOptions(test));
    },
    async signal(test, signal) {
      const { workflow } = await connect();
      await workflow.signalWithStart(abTestWorkflowType, { ...startOptions(test), signal, signalArgs: [] });
    },
    async pick(test, variant) {
      const { workflow } = await connect();
      const picked = { signal: pickSignal, signalArgs: [variant] as [number] };
      await workflow.signalWithStart(abTestWorkflowType, { ...startOptions(test), ...picked });
    },
    async ended(abTestId) {
      await workflowEnd(await connect(), abTestWorkflowId(abTestId));
    },
  };
}

function startOptions({ tenantId, abTestId, name }: AbTest) {
  const args: [AbTestInput] = [{ abTestId }];
  return {
    ...startOptionsOf({
      ...{ workflowId: abTestWorkflowId(abTestId), tenantId, jobType: campaignJobType },
      campaignId: abTestId,
    }),
    args,
    memo: { abTest: name, tenant: tenantId },
    staticSummary: `${name} (${tenantId}), an A/B test`,
    staticDetails: `How the variants do: \`floe ab-test results ${abTestId} --tenant ${tenantId}\`.`,
  };
}
