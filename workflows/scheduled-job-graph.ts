import { executeChild, ParentClosePolicy, proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { JobGraphActivities } from "../activities/job-graph.js";
import { jobGraphWorkflowId } from "../domain/ids.js";
import { jobGraph } from "./job-graph.js";
import type { JobGraphResult, ScheduledJobGraphInput } from "./job-graph-messages.js";

const { createScheduledRun } = proxyActivities<JobGraphActivities>({
  startToCloseTimeout: "1m",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/**
 * What the schedule of a recurring graph starts: a run of the version that is the latest then. It lasts as long as the run, so
 * that the schedule knows whether the run before has ended.
 */
export async function scheduledJobGraph(input: ScheduledJobGraphInput): Promise<JobGraphResult> {
  // The schedule puts the time into the workflow's id: the same time is the same run.
  const { runId } = await createScheduledRun({ ...input, runKey: workflowInfo().workflowId });
  return executeChild(jobGraph, {
    workflowId: jobGraphWorkflowId(runId),
    args: [{ runId }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
}
