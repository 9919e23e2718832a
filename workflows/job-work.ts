import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
  CancellationScope,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
} from "@temporalio/workflow";
import type { JobGraphActivities, SettleJobInput, StartedJob } from "../activities/job-graph.js";
import type { WorkWorkflow } from "../activities/job-graph-ports.js";
import type { JobOutcome } from "../domain/job-graph.js";

/** Between two looks at work that another workflow does. */
const pollMs = 15_000;

export interface JobAttempt {
  job: string;
  attempt: number;
  lastAttempt: boolean;
}

/** One attempt of a job: what is to be done is written down, its workflow runs as a child, its own rows say what came of it. */
export class JobWork {
  private readonly runId: string;
  private readonly store: JobGraphActivities;
  private readonly children = new CancellationScope({ cancellable: true });
  private cancelled = false;

  constructor(runId: string, store: JobGraphActivities) {
    this.runId = runId;
    this.store = store;
  }

  cancel(): void {
    this.cancelled = true;
    this.children.cancel();
  }

  async attempt({ job, attempt, lastAttempt }: JobAttempt): Promise<JobOutcome> {
    const key = { runId: this.runId, job };
    const started = await this.store.startGraphJob({ ...key, attempt });
    const end = await this.carryOut(started);
    for (;;) {
      const { cancelled } = this;
      const outcome = await this.store.settleGraphJob({ ...key, end, cancelled, lastAttempt });
      if (outcome.state !== "running") return outcome;
      await condition(() => this.cancelled, pollMs);
    }
  }

  private async carryOut(started: StartedJob): Promise<SettleJobInput["end"]> {
    switch (started.kind) {
      case "refused":
        return started;
      case "wait":
        await condition(() => this.cancelled, started.waitMs);
        return { kind: "ended" };
      case "workflow":
        return this.cancelled ? { kind: "ended" } : this.runChild(started.workflow);
    }
  }

  private async runChild(workflow: WorkWorkflow): Promise<SettleJobInput["end"]> {
    for (;;) {
      try {
        await this.children.run(() => executeChild(workflow.type, childOptions(workflow)));
        return { kind: "ended" };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError))
          return { kind: "lost", reason: `its workflow ${workflow.workflowId} did not end by itself` };
      }
      // Somebody else runs it (an operator resumed it, say). Started once more after its end, it finds nothing to do.
      await condition(() => this.cancelled, pollMs);
      if (this.cancelled) await cancelOther(workflow.workflowId);
    }
  }
}

/** It may have ended in this moment. */
async function cancelOther(workflowId: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .cancel()
    .catch(() => undefined);
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
