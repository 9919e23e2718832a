import {
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
} from "@temporalio/client";
import { defineSearchAttributeKey, type SignalDefinition } from "@temporalio/common";
import type { ResolveUnknown } from "../activities/campaign-ports.js";
import type { Send } from "../db/sends.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { lanePriority, orchestrationQueue } from "../domain/lanes.js";
import {
  campaignWorkflowType,
  resolveUnknownUpdate,
  retryFailedUpdate,
  type CampaignInput,
  type CampaignResult,
} from "../workflows/campaign-messages.js";
import { isWorkflowGone } from "./failures.js";
import { workflowEnd } from "./workflow-end.js";

const tenantAttribute = defineSearchAttributeKey("TenantId", "KEYWORD");
const campaignAttribute = defineSearchAttributeKey("CampaignId", "KEYWORD");
const jobTypeAttribute = defineSearchAttributeKey("JobType", "KEYWORD");
const laneAttribute = defineSearchAttributeKey("Lane", "KEYWORD");

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
  /** Runs the update in the running workflow, or in a new one when it has ended. */
  retryFailed(send: SendLabel): Promise<{ revived: number }>;
  /** The same for this one. */
  resolveUnknown(send: SendLabel, choice: ResolveUnknown): Promise<{ resolved: number }>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(sendId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createCampaignWorkflow(connect: () => Promise<Client>): CampaignWorkflow {
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

    async signalWithStart(send, signal) {
      await (
        await connect()
      ).workflow.signalWithStart(campaignWorkflowType, { ...startOptions(send), signal, signalArgs: [] });
    },

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
    workflowId: campaignWorkflowId(send.sendId),
    taskQueue: orchestrationQueue,
    args,
    // The ledger, not Temporal's retention, decides whether a send is done: a workflow started again finds nothing to do.
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes: [
      { key: tenantAttribute, value: send.tenantId },
      { key: campaignAttribute, value: send.campaignId },
      { key: jobTypeAttribute, value: "campaign.process" },
      { key: laneAttribute, value: send.lane },
    ],
    memo: { campaign: send.campaignName, tenant: send.tenantId, runKey: send.runKey, lane: send.lane },
    staticSummary: `${send.campaignName} (${send.tenantId})`,
    staticDetails: [
      `Campaign **${send.campaignName}** of tenant \`${send.tenantId}\`, run \`${send.runKey}\`, lane \`${send.lane}\`.`,
      startOf(send),
      `Who did not get it, and why: \`floe campaign recipients ${send.sendId} --tenant ${send.tenantId} --status dead\`.`,
    ].join("\n\n"),
    priority: { priorityKey: lanePriority[send.lane], fairnessKey: send.tenantId },
  };
}
