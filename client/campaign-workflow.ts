import { WithStartWorkflowOperation, type Client } from "@temporalio/client";
import type { SignalDefinition } from "@temporalio/common";
import type { ResolveUnknown } from "../activities/campaign-ports.js";
import type { Send } from "../db/sends.js";
import type { BatchHold } from "../domain/batching.js";
import { campaignWorkflowId } from "../domain/ids.js";
import {
  campaignJobType,
  campaignWorkflowType,
  resolveUnknownUpdate,
  retryFailedUpdate,
  revivedSignal,
  type CampaignInput,
  type CampaignResult,
} from "../workflows/campaign-messages.js";
import { loadBatchHolds } from "./batch-holds.js";
import { isWorkflowGone } from "./failures.js";
import { startOptionsOf } from "./start-options.js";
import { workflowEnd } from "./workflow-end.js";

/** What an operator reads in the Web UI about one send: names of campaigns, ids and figures, never an address. */
export type SendLabel = Pick<
  Send,
  "sendId" | "tenantId" | "campaignId" | "campaignName" | "lane" | "runKey" | "scheduledAt" | "localStart"
>;

/** Workflow `campaign/<sendId>`: how the SDK starts, steers and awaits it. */
export interface CampaignWorkflow {
  /** Starts it; a running one is left as it is. */
  start(send: SendLabel): Promise<void>;
  /** @returns false when no such workflow runs. */
  signal<Args extends unknown[]>(
    sendId: string,
    signal: SignalDefinition<Args>,
    args: Args,
  ): Promise<boolean>;
  /** Starts the workflow when it does not run (it was terminated), and signals it in the same step. */
  signalWithStart(send: SendLabel, signal: SignalDefinition): Promise<void>;
  /** Tells it that recipients were revived in the ledger; starts it when it has ended. */
  revived(send: SendLabel): Promise<void>;
  /** Runs the update in the running workflow, or in a new one when it has ended. */
  retryFailed(send: SendLabel): Promise<{ revived: number }>;
  /** The same for this one. */
  resolveUnknown(send: SendLabel, choice: ResolveUnknown): Promise<{ resolved: number }>;
  /** Its batches that wait for a limit. */
  holds(sendId: string): Promise<BatchHold[]>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(sendId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createCampaignWorkflow(connect: () => Promise<Client>): CampaignWorkflow {
  async function signalWithStart(send: SendLabel, signal: SignalDefinition): Promise<void> {
    await (
      await connect()
    ).workflow.signalWithStart(campaignWorkflowType, { ...startOptions(send), signal, signalArgs: [] });
  }

  return {
    async start(send) {
      await (await connect()).workflow.start(campaignWorkflowType, startOptions(send));
    },

    async signal(sendId, signal, args) {
      try {
        await (await connect()).workflow.getHandle(campaignWorkflowId(sendId)).signal(signal, ...args);
        return true;
      } catch (error) {
        if (isWorkflowGone(error)) return false;
        throw error;
      }
    },

    signalWithStart,
    revived: (send) => signalWithStart(send, revivedSignal),

    async retryFailed(send) {
      const { workflow } = await connect();
      const startWorkflowOperation = startOperation(send);
      return workflow.executeUpdateWithStart(retryFailedUpdate, { args: [], startWorkflowOperation });
    },

    async resolveUnknown(send, choice) {
      const { workflow } = await connect();
      const startWorkflowOperation = startOperation(send);
      return workflow.executeUpdateWithStart(resolveUnknownUpdate, {
        args: [choice],
        startWorkflowOperation,
      });
    },

    holds: async (sendId) => loadBatchHolds(await connect(), sendId),

    async ended(sendId) {
      await workflowEnd(await connect(), campaignWorkflowId(sendId));
    },
  };
}

function startOf({ scheduledAt, localStart }: SendLabel): string {
  if (localStart !== null) return `Starts at ${localStart} in each recipient's time zone.`;
  return scheduledAt ? `Scheduled for ${scheduledAt.toISOString()}.` : "Started at once.";
}

type CampaignFunction = (input: CampaignInput) => Promise<CampaignResult>;

function startOperation(send: SendLabel): WithStartWorkflowOperation<CampaignFunction> {
  return new WithStartWorkflowOperation<CampaignFunction>(campaignWorkflowType, startOptions(send));
}

function startOptions(send: SendLabel) {
  const args: [CampaignInput] = [{ sendId: send.sendId }];
  return {
    ...startOptionsOf({
      workflowId: campaignWorkflowId(send.sendId),
      tenantId: send.tenantId,
      jobType: campaignJobType,
      campaignId: send.campaignId,
      lane: send.lane,
    }),
    args,
    memo: { campaign: send.campaignName, tenant: send.tenantId, runKey: send.runKey, lane: send.lane },
    staticSummary: `${send.campaignName} (${send.tenantId})`,
    staticDetails: [
      `Campaign **${send.campaignName}** of tenant \`${send.tenantId}\`, run \`${send.runKey}\`, lane \`${send.lane}\`.`,
      startOf(send),
      `Who did not get it, and why: \`floe campaign recipients ${send.sendId} --tenant ${send.tenantId} --status dead\`.`,
    ].join("\n\n"),
  };
}
