/** What running a job graph needs of the world. Adapters: `db/job-graph-runs`, `workers/graph-work`. */
import type {
  GraphRunStatus,
  JobOutcome,
  JobPlan,
  JobResult,
  JobState,
  JobType,
} from "../domain/job-graph.js";

/** A run as its workflow needs it: no inputs, which may hold addresses. */
export interface GraphRunPlan {
  tenantId: string;
  graphName: string;
  status: GraphRunStatus;
  jobs: JobPlan[];
  /** One for every job. */
  outcomes: Record<string, JobOutcome & { attempts: number }>;
}

/** What the worker's configuration decides; recorded in the history by the first step. */
export interface JobGraphSettings {
  /** Wait before a job's second attempt; absent: the rule of `domain/job-graph`. */
  retryBaseMs?: number;
}

export interface JobKey {
  runId: string;
  job: string;
}

/** A job with what its type asks for. */
export interface JobToRun extends JobKey {
  tenantId: string;
  type: JobType;
  input: Record<string, unknown>;
  /** What carries the work out since an earlier attempt or run; null: nothing yet. */
  workId: string | null;
  /** Since it first began. */
  runningMs: number;
}

export interface JobEnd {
  state: JobState;
  result: JobResult;
  /** One sentence, without addresses; null when there is nothing to say. */
  reason: string | null;
}

export interface GraphRunStore {
  /** @throws NotFound */
  loadRun(runId: string): Promise<GraphRunPlan>;
  /** Marks it running; a job that has ended stays as it is. @throws NotFound */
  beginJob(key: JobKey, attempt: number): Promise<JobToRun>;
  /** Keeps the id of what does the work instead of the one that was loaded; returns the one that counts. */
  keepWork(job: JobToRun, workId: string): Promise<string>;
  /** @throws NotFound */
  loadJob(key: JobKey): Promise<JobToRun>;
  /** A job that has ended stays as it is. */
  recordJobs(runId: string, ends: (JobEnd & { job: string })[]): Promise<void>;
  /** Guarded: a run that has ended stays as it is. */
  finishRun(runId: string, status: GraphRunStatus): Promise<void>;
  /** A run of the graph's latest version; idempotent by key. @throws NotFound */
  createScheduledRun(graph: { tenantId: string; name: string; runKey: string }): Promise<{ runId: string }>;
}

/** The workflow that does a job's work: what the graph starts as its child. */
export interface WorkWorkflow {
  type: string;
  workflowId: string;
  input: object;
  summary: string;
  searchAttributes: Record<string, string>;
  priorityKey?: number;
}

/** The kinds of work, each behind the same two questions. */
export interface GraphWork {
  /**
   * Writes down what is to be done, idempotently by run and job; its workflow is not started. What an earlier attempt or run
   * began goes on, so that nobody is reached twice; where it reached nobody and cannot go on, new work takes its place.
   * @throws InvalidInput, NotFound, Conflict
   */
  prepare(job: JobToRun, keep: (workId: string) => Promise<string>): Promise<WorkWorkflow>;
  /** What became of it, by its own rows; null: it has not ended. */
  outcome(job: JobToRun): Promise<JobEnd | null>;
}
