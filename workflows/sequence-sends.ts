import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import { getExternalWorkflowHandle, ParentClosePolicy, startChild } from "@temporalio/workflow";
import type { SequencePlan } from "../activities/sequence-ports.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { lanePriority, orchestrationQueue } from "../domain/lanes.js";
import { campaign } from "./campaign.js";
import { cancelSignal } from "./campaign-messages.js";
import { searchAttributes } from "./search-attributes.js";
import { sequenceJobType } from "./sequence-messages.js";

/** The sends of a sequence's waves: ordinary campaign workflows, which outlive the run that started them. */
export class SequenceSends {
  private readonly plan: SequencePlan;
  private readonly open = new Set<string>();

  constructor(plan: SequencePlan) {
    this.plan = plan;
  }

  /** Starts those that do not run; one that an earlier run of the sequence started is left as it is. */
  async start(sendIds: string[]): Promise<void> {
    for (const sendId of sendIds) if (!this.open.has(sendId)) await this.startOne(sendId);
  }

  /** True when none is open that this run has started. */
  isIdle(): boolean {
    return this.open.size === 0;
  }

  async cancel(sendIds: string[]): Promise<void> {
    const handles = sendIds.map((sendId) => getExternalWorkflowHandle(campaignWorkflowId(sendId)));
    // A send that has just ended needs no signal.
    await Promise.all(handles.map((handle) => handle.signal(cancelSignal).catch(() => undefined)));
  }

  private async startOne(sendId: string): Promise<void> {
    const { tenantId, sequenceId, lane, name } = this.plan;
    try {
      const child = await startChild(campaign, {
        workflowId: campaignWorkflowId(sendId),
        taskQueue: orchestrationQueue,
        args: [{ sendId }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        priority: { priorityKey: lanePriority[lane], fairnessKey: tenantId },
        typedSearchAttributes: [
          { key: searchAttributes.tenantId, value: tenantId },
          { key: searchAttributes.campaignId, value: sequenceId },
          { key: searchAttributes.jobType, value: sequenceJobType },
          { key: searchAttributes.lane, value: lane },
        ],
        staticSummary: `${name} (${tenantId}), a step's wave`,
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
