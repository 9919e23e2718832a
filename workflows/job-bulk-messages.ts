/** How an action on many jobs is started and steered. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { JobBulkProgress } from "../domain/jobs.js";

export interface JobBulkInput {
  bulkId: string;
}

/** Its row was changed: paused, resumed or cancelled. */
export const jobBulkChangedSignal = defineSignal("changed");
export const jobBulkProgressQuery = defineQuery<JobBulkProgress | null>("progress");

/** The type name a client starts; the file of that name exports the function. */
export const jobBulkWorkflowType = "jobBulk";
/** `JobType` of its runs. */
export const jobBulkJobType = "jobs.bulk";
