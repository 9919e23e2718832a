import type { JobOutcome, JobPlan, JobState } from "../../domain/job-graph.js";
import { decideJob } from "../../domain/job-graph-scheduling.js";

export interface Simulated {
  outcomes: Record<string, JobOutcome>;
  /** Jobs in the order in which they ran. */
  order: string[];
}

/**
 * Runs a graph by the scheduling rule alone. `fails` says what becomes of a job that runs; `pick` which of those that may be
 * decided comes next: a number taken modulo their count.
 */
export function simulate(
  jobs: readonly JobPlan[],
  fails: (name: string) => boolean,
  pick: (step: number) => number = () => 0,
): Simulated {
  const outcomes: Record<string, JobOutcome> = {};
  for (const { name } of jobs) outcomes[name] = { state: "waiting", result: {} };
  const order: string[] = [];
  for (let step = 0; ; step += 1) {
    const open = jobs.filter(
      (job) => outcomes[job.name]?.state === "waiting" && decideJob(job, outcomes).kind !== "wait",
    );
    const job = open[pick(step) % Math.max(1, open.length)];
    if (!job) return { outcomes, order };
    const { kind } = decideJob(job, outcomes);
    if (kind === "run") order.push(job.name);
    const ran: JobState = fails(job.name) ? "failed" : "succeeded";
    outcomes[job.name] = {
      state: kind === "run" ? ran : kind === "skip" ? "skipped" : "blocked",
      result: {},
    };
  }
}

/** Every way in which the jobs of a small graph can end. */
export function everyFate(jobs: readonly JobPlan[]): ((name: string) => boolean)[] {
  const names = jobs.map(({ name }) => name);
  return Array.from({ length: 2 ** names.length }, (_, bits) => (name: string) => {
    return (bits & (1 << names.indexOf(name))) !== 0;
  });
}
