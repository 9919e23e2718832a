import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from "@temporalio/client";
import type { SearchAttributePair } from "@temporalio/common";
import { lanePriority, orchestrationQueue, type Lane } from "../domain/lanes.js";
import { searchAttributes } from "../workflows/search-attributes.js";

export interface StartedJob {
  workflowId: string;
  tenantId: string;
  jobType: string;
  campaignId?: string;
  lane?: Lane;
}

/**
 * How the workflow of every job is started: a running one is left as it is, and one that has ended may be started again.
 * Postgres, not Temporal's retention, decides what is done: a workflow started again finds nothing to do.
 */
export function startOptionsOf({ workflowId, tenantId, jobType, campaignId, lane }: StartedJob) {
  const typedSearchAttributes: SearchAttributePair[] = [
    { key: searchAttributes.tenantId, value: tenantId },
    { key: searchAttributes.jobType, value: jobType },
  ];
  if (campaignId !== undefined)
    typedSearchAttributes.push({ key: searchAttributes.campaignId, value: campaignId });
  if (lane !== undefined) typedSearchAttributes.push({ key: searchAttributes.lane, value: lane });
  return {
    workflowId,
    taskQueue: orchestrationQueue,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes,
    priority: {
      fairnessKey: tenantId,
      ...(lane !== undefined && { priorityKey: lanePriority[lane] }),
    },
  };
}
