import { holds } from "./job-graph-conditions.js";
import {
  hasEnded,
  type GraphRunStatus,
  type JobEdge,
  type JobOutcomes,
  type JobPlan,
  type JobState,
} from "./job-graph.js";

/** What is to be done with a job now; `reason` says which job before it decided. */
export type JobDecision = { kind: "wait" } | { kind: "run" } | { kind: "skip" | "block"; reason: string };

/** The scheduling rule. A job is decided when every job before it has ended; a failure outweighs a skip. */
export function decideJob({ after, when }: JobPlan, outcomes: JobOutcomes): JobDecision {
  const edges = after.map((edge) => ({ edge, state: outcomes[edge.job]?.state ?? "waiting" }));
  if (edges.some(({ state }) => !hasEnded(state))) return { kind: "wait" };
  const stopped = edges.find(({ edge, state }) => isFailure(state) && edge.onFailure !== "continue");
  if (stopped) return { kind: "block", reason: `${stopped.edge.job} is ${stopped.state}` };
  const skipped = edges.find(({ edge, state }) => state === "skipped" && edge.onSkip === "skip");
  if (skipped) return { kind: "skip", reason: `${skipped.edge.job} was skipped` };
  if (when !== undefined && !holds(when, outcomes)) return { kind: "skip", reason: "its condition is false" };
  return { kind: "run" };
}

/** How often a job is tried at most: the most patient edge that leaves it decides. */
export function attemptsOf(name: string, jobs: readonly JobPlan[]): number {
  const retries = edgesFrom(name, jobs).map(({ onFailure, retries = 0 }) =>
    onFailure === "retry" ? retries : 0,
  );
  return 1 + Math.max(0, ...retries);
}

/** Of a run whose jobs have ended: failed when a job failed whose failure not every job behind it goes past. */
export function runStatusOf(jobs: readonly JobPlan[], outcomes: JobOutcomes): GraphRunStatus {
  if (jobs.some(({ name }) => outcomes[name]?.state === "cancelled")) return "cancelled";
  const failed = jobs.filter(({ name }) => isFailure(outcomes[name]?.state ?? "waiting"));
  return failed.every(({ name }) => isTolerated(edgesFrom(name, jobs))) ? "completed" : "failed";
}

/** True of what `continue` goes past: the job failed, or one before it did. */
export function isFailure(state: JobState): boolean {
  return state === "failed" || state === "blocked" || state === "cancelled";
}

function isTolerated(edges: JobEdge[]): boolean {
  return edges.length > 0 && edges.every(({ onFailure }) => onFailure === "continue");
}

function edgesFrom(name: string, jobs: readonly JobPlan[]): JobEdge[] {
  return jobs.flatMap(({ after }) => after.filter(({ job }) => job === name));
}
