/** How a run of a job graph is started and steered. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { GraphRunStatus, JobState } from "../domain/job-graph.js";

export interface JobGraphInput {
  runId: string;
}

export interface JobGraphResult {
  status: GraphRunStatus;
  jobs: Record<string, JobState>;
}

/** What a graph's schedule starts. */
export interface ScheduledJobGraphInput {
  tenantId: string;
  name: string;
}

/** Cancels the jobs that run, and those that have not begun. */
export const cancelGraphSignal = defineSignal("cancel");
export const jobStatesQuery = defineQuery<Record<string, JobState>>("jobs");

/** The type names a client starts; the files of those names export the functions. */
export const jobGraphWorkflowType = "jobGraph";
export const scheduledJobGraphWorkflowType = "scheduledJobGraph";
/** `JobType` of their runs. */
export const jobGraphJobType = "job.graph";
