/** A job graph: jobs, the edges between them, and when it recurs. Plain data: it is stored and shown as it was written. */

export const jobTypes = ["campaign.send", "email.send", "import.contacts", "export.data", "wait"] as const;
export type JobType = (typeof jobTypes)[number];

/** What the job at the end of an edge does when the job before it fails; with `retry` that one is tried again first. */
export const failurePolicies = ["stop", "continue", "retry"] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/** What it does when the job before it was skipped. */
export const skipPolicies = ["skip", "continue"] as const;
export type SkipPolicy = (typeof skipPolicies)[number];

/** An edge: this job waits for `job` to end. */
export interface JobEdge {
  job: string;
  onFailure: FailurePolicy;
  /** With `retry`: further attempts of `job`; when they are spent the edge stops. */
  retries?: number;
  onSkip: SkipPolicy;
}

export const conditionOps = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "exists"] as const;
export type ConditionOp = (typeof conditionOps)[number];
export type ConditionValue = string | number | boolean;

/** Compares a value of an earlier job: its `state`, or a field of its result. */
export interface JobComparison {
  job: string;
  path: string;
  op: ConditionOp;
  /** A list for `in`; absent for `exists`. */
  value?: ConditionValue | ConditionValue[];
}

export type JobCondition =
  JobComparison | { and: JobCondition[] } | { or: JobCondition[] } | { not: JobCondition };

export interface GraphJob {
  name: string;
  type: JobType;
  after: JobEdge[];
  /** Absent: always. */
  when?: JobCondition;
  /** What the job's type asks for; may hold addresses, so it stays out of histories. */
  input: Record<string, unknown>;
}

/** A recurring graph: a cron expression of five fields. */
export interface GraphSchedule {
  cron: string;
  timeZone: string;
}

export interface JobGraph {
  name: string;
  jobs: GraphJob[];
  schedule?: GraphSchedule;
}

/** What deciding needs of a job. */
export type JobPlan = Omit<GraphJob, "input">;

export const jobStates = [
  "waiting",
  "running",
  "succeeded",
  "failed",
  "skipped",
  "blocked",
  "cancelled",
] as const;
export type JobState = (typeof jobStates)[number];

/** Ids and counts; never an address. */
export type JobResult = Record<string, ConditionValue>;

export interface JobOutcome {
  state: JobState;
  result: JobResult;
}
export type JobOutcomes = Readonly<Record<string, JobOutcome>>;

export const graphRunStatuses = ["running", "completed", "failed", "cancelled"] as const;
export type GraphRunStatus = (typeof graphRunStatuses)[number];

const recipientCounts = ["sent", "bounced", "dead", "suppressed", "cancelled", "unknown"];

/** The fields of each type's result, which conditions may name. */
export const jobResultFields: Record<JobType, readonly string[]> = {
  "campaign.send": ["sendId", ...recipientCounts],
  "email.send": ["emailId", ...recipientCounts],
  "import.contacts": ["importId", "rowsImported", "rowsCreated", "rowsRefused"],
  "export.data": ["exportId", "rowsWritten", "bytes"],
  wait: ["seconds"],
};

/** One workflow carries a whole run: its history must stay small. */
export const jobGraphLimits = {
  jobs: 200,
  edgesOfJob: 50,
  retries: 10,
  conditionDepth: 10,
  waitSeconds: 31_536_000,
};

/** Between two attempts of a failed job. */
export const jobRetryBackoff = { baseMs: 30_000, factor: 2, capMs: 3_600_000 };

export function isJobType(type: string): type is JobType {
  return (jobTypes as readonly string[]).includes(type);
}

export function hasEnded(state: JobState): boolean {
  return state !== "waiting" && state !== "running";
}
