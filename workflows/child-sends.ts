import { WorkflowExecutionAlreadyStartedError, type SignalDefinition } from "@temporalio/common";
import { getExternalWorkflowHandle, ParentClosePolicy, startChild } from "@temporalio/workflow";
import { campaignWorkflowId } from "../domain/ids.js";
import { lanePriority, orchestrationQueue, type Lane } from "../domain/lanes.js";
import { campaign } from "./campaign.js";
import { campaignJobType } from "./campaign-messages.js";
import { searchAttributes } from "./search-attributes.js";

/** Whose sends they are. */
export interface SendsOwner {
  tenantId: string;
  campaignId: string;
  lane: Lane;
  /** In the Web UI, of each send. */
  summary: string;
}

/** Sends that another flow has made: ordinary campaign workflows, which outlive the run that started them. */
export class ChildSends {
  private readonly owner: SendsOwner;
  private readonly open = new Set<string>();

  constructor(owner: SendsOwner) {
    this.owner = owner;
  }

  /** Starts those that do not run; one that an earlier run of the flow started is left as it is. */
  async start(sendIds: string[]): Promise<void> {
    for (const sendId of sendIds) if (!this.open.has(sendId)) await this.startOne(sendId);
  }

  /** True when none is open that this run has started. */
  isIdle(): boolean {
    return this.open.size === 0;
  }

  async signal(sendIds: string[], signal: SignalDefinition): Promise<void> {
    const handles = sendIds.map((sendId) => getExternalWorkflowHandle(campaignWorkflowId(sendId)));
    // A send that has just ended needs no signal.
    await Promise.all(handles.map((handle) => handle.signal(signal).catch(() => undefined)));
  }

  private async startOne(sendId: string): Promise<void> {
    const { tenantId, campaignId, lane, summary } = this.owner;
    try {
      const child = await startChild(campaign, {
        workflowId: campaignWorkflowId(sendId),
        taskQueue: orchestrationQueue,
        args: [{ sendId }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        priority: { priorityKey: lanePriority[lane], fairnessKey: tenantId },
        typedSearchAttributes: [
          { key: searchAttributes.tenantId, value: tenantId },
          { key: searchAttributes.campaignId, value: campaignId },
          { key: searchAttributes.jobType, value: campaignJobType },
          { key: searchAttributes.lane, value: lane },
        ],
        staticSummary: summary,
      });
      this.open.add(sendId);
      child
        .result()
        // One that failed or was terminated is still open in the ledger: the next look starts it again.
        .catch(() => undefined)
        .finally(() => this.open.delete(sendId))
        .catch(() => undefined);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
