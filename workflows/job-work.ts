import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
} from "@temporalio/workflow";
import type { JobGraphActivities, SettleJobInput, StartedJob } from "../activities/job-graph.js";
import type { WorkWorkflow } from "../activities/job-graph-ports.js";
import type { JobOutcome } from "../domain/job-graph.js";

/** Between two looks at work that another workflow does: soon at first, then as long again as it has lasted. */
const firstLookMs = 15_000;
const longestLookMs = 3_600_000;

export interface JobAttempt {
  job: string;
  attempt: number;
  lastAttempt: boolean;
}

/** Attempts of jobs: what is to be done is written down, its workflow runs as a child, its own rows say what came of it. */
export class JobWork {
  private readonly runId: string;
  private readonly store: JobGraphActivities;
  /** Ids of the workflows that work now. */
  private readonly working = new Set<string>();
  private cancelled = false;

  constructor(runId: string, store: JobGraphActivities) {
    this.runId = runId;
    this.store = store;
  }

  cancel(): void {
    this.cancelled = true;
    for (const workflowId of this.working) void cancelWorkflow(workflowId);
  }

  async attempt({ job, attempt, lastAttempt }: JobAttempt): Promise<JobOutcome> {
    const key = { runId: this.runId, job };
    const end = this.cancelled
      ? ended
      : await this.carryOut(await this.store.startGraphJob({ ...key, attempt }));
    for (let lookMs = firstLookMs; ; lookMs = longer(lookMs)) {
      const { cancelled } = this;
      const outcome = await this.store.settleGraphJob({ ...key, end, cancelled, lastAttempt });
      if (outcome.state !== "running") return outcome;
      await condition(() => this.cancelled, lookMs);
    }
  }

  private async carryOut(started: StartedJob): Promise<SettleJobInput["end"]> {
    switch (started.kind) {
      case "refused":
        return started;
      case "wait":
        await condition(() => this.cancelled, started.waitMs);
        return ended;
      case "workflow":
        return this.runChild(started.workflow);
    }
  }

  /** Begun also when the cancel came meanwhile: what is written down must be closed by the flow that it belongs to. */
  private async runChild(workflow: WorkWorkflow, lookMs = firstLookMs): Promise<SettleJobInput["end"]> {
    const { workflowId } = workflow;
    this.working.add(workflowId);
    try {
      const child = await startChild(workflow.type, childOptions(workflow));
      if (this.cancelled) await cancelWorkflow(workflowId);
      await child.result();
      return ended;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError))
        return { kind: "lost", reason: `its workflow ${workflowId} did not end by itself` };
    } finally {
      this.working.delete(workflowId);
    }
    return this.followOther(workflow, lookMs);
  }

  /** Somebody else runs it (an operator resumed it, say). Started once more after its end, it finds nothing to do. */
  private async followOther(workflow: WorkWorkflow, lookMs: number): Promise<SettleJobInput["end"]> {
    const { cancelled } = this;
    if (cancelled) await cancelWorkflow(workflow.workflowId);
    await condition(() => this.cancelled !== cancelled, lookMs);
    return this.runChild(workflow, longer(lookMs));
  }
}

function longer(lookMs: number): number {
  return Math.min(lookMs * 2, longestLookMs);
}

const ended = { kind: "ended" } as const;

/** It may end in this moment: nothing is to be cancelled then. */
async function cancelWorkflow(workflowId: string): Promise<void> {
  await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel()).catch(
    () => undefined,
  );
}

function childOptions({ workflowId, input, summary, searchAttributes, priorityKey }: WorkWorkflow) {
  return {
    workflowId,
    args: [input],
    // A graph that is terminated does not take half a campaign with it.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: summary,
    typedSearchAttributes: Object.entries(searchAttributes).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, "KEYWORD"),
      value,
    })),
    // The fairness key is the run's own.
    ...(priorityKey !== undefined && { priority: { priorityKey } }),
  };
}
