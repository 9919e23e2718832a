import { FloeError } from "../domain/errors.js";
import type { GraphRunStatus, JobOutcome } from "../domain/job-graph.js";
import { withFailures } from "./failures.js";
import type {
  GraphRunPlan,
  GraphRunStore,
  GraphWork,
  JobEnd,
  JobGraphSettings,
  JobKey,
  JobToRun,
  WorkWorkflow,
} from "./job-graph-ports.js";

export type StartedJob =
  | { kind: "wait"; waitMs: number }
  | { kind: "workflow"; workflow: WorkWorkflow }
  /** The job cannot be done as it was asked for. */
  | { kind: "refused"; reason: string };

export interface SettleJobInput extends JobKey {
  /** How the attempt ended, as far as the graph can see. */
  end: { kind: "ended" } | { kind: "refused" | "lost"; reason: string };
  cancelled: boolean;
  /** A failure is not the job's last word while further attempts follow. */
  lastAttempt: boolean;
}

export interface JobGraphActivities {
  loadGraphRun(input: { runId: string }): Promise<GraphRunPlan & { settings: JobGraphSettings }>;
  startGraphJob(input: JobKey & { attempt: number }): Promise<StartedJob>;
  /** @returns state `running` while its work has not ended. */
  settleGraphJob(input: SettleJobInput): Promise<JobOutcome>;
  /** Jobs that end without having run. */
  recordGraphJobs(input: { runId: string; ends: (JobEnd & { job: string })[] }): Promise<void>;
  finishGraphRun(input: { runId: string; status: GraphRunStatus }): Promise<void>;
  createScheduledRun(input: { tenantId: string; name: string; runKey: string }): Promise<{ runId: string }>;
}

export interface JobGraphPorts {
  runs: GraphRunStore;
  work: GraphWork;
}

export function createJobGraphActivities(
  { runs, work }: JobGraphPorts,
  settings: JobGraphSettings,
): JobGraphActivities {
  return withFailures<JobGraphActivities & Record<string, (...args: never[]) => Promise<unknown>>>({
    loadGraphRun: async ({ runId }) => ({ ...(await runs.loadRun(runId)), settings }),

    async startGraphJob({ attempt, ...key }) {
      const job = await runs.beginJob(key, attempt);
      if (job.type === "wait") return { kind: "wait", waitMs: Math.max(1, waitOf(job) - job.runningMs) };
      try {
        const workflow = await work.prepare(job, (workId) => runs.keepWork(job, workId));
        return { kind: "workflow", workflow };
      } catch (error) {
        if (isRefusal(error)) return { kind: "refused", reason: error.message };
        throw error;
      }
    },

    async settleGraphJob({ end, cancelled, lastAttempt, ...key }) {
      const job = await runs.loadJob(key);
      const came = end.kind === "refused" ? failed(end.reason) : await outcomeOf(job, work, cancelled);
      const settled = settle(came ?? (end.kind === "lost" ? failed(end.reason) : null), cancelled);
      if (settled === null) return { state: "running", result: {} };
      const again = settled.state === "failed" && !lastAttempt;
      await runs.recordJobs(key.runId, [
        { ...settled, state: again ? "running" : settled.state, job: key.job },
      ]);
      return { state: settled.state, result: settled.result };
    },

    recordGraphJobs: ({ runId, ends }) => runs.recordJobs(runId, ends),
    finishGraphRun: ({ runId, status }) => runs.finishRun(runId, status),
    createScheduledRun: (graph) => runs.createScheduledRun(graph),
  });
}

async function outcomeOf(job: JobToRun, work: GraphWork, cancelled: boolean): Promise<JobEnd | null> {
  if (job.type !== "wait") return job.workId === null ? null : work.outcome(job);
  return cancelled ? null : { state: "succeeded", result: { seconds: waitOf(job) / 1000 }, reason: null };
}

/** What was finished before a cancel reached it has succeeded all the same. */
function settle(came: JobEnd | null, cancelled: boolean): JobEnd | null {
  if (!cancelled || came?.state === "succeeded") return came;
  return { state: "cancelled", result: came?.result ?? {}, reason: came?.reason ?? null };
}

function waitOf({ input }: JobToRun): number {
  return Number(input.seconds) * 1000;
}

function failed(reason: string): JobEnd {
  return { state: "failed", result: {}, reason };
}

function isRefusal(error: unknown): error is FloeError {
  return error instanceof FloeError && ["InvalidInput", "NotFound", "Conflict"].includes(error.kind);
}
