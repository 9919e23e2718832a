import {
  CancellationScope,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import type { JobGraphActivities } from "../activities/job-graph.js";
import type { GraphRunPlan, JobEnd, JobGraphSettings } from "../activities/job-graph-ports.js";
import { backoffMs } from "../domain/backoff.js";
import { asError } from "../domain/errors.js";
import { jobRetryBackoff, type GraphRunStatus, type JobOutcome, type JobState } from "../domain/job-graph.js";
import { attemptsOf, decideJob, runStatusOf } from "../domain/job-graph-scheduling.js";
import {
  cancelGraphSignal,
  jobStatesQuery,
  type JobGraphInput,
  type JobGraphResult,
} from "./job-graph-messages.js";
import { JobWork } from "./job-work.js";

const store = proxyActivities<JobGraphActivities>({
  startToCloseTimeout: "1m",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/**
 * One run of a job graph: each job is begun as soon as the jobs before it have ended and its condition holds. All facts are in
 * Postgres; this workflow may be ended at any moment and started again with the same input, and goes on where its jobs stand.
 */
export async function jobGraph(input: JobGraphInput): Promise<JobGraphResult> {
  const run = new GraphRun(input);
  // Temporal's own "cancel" comes to the same as the signal.
  CancellationScope.current()
    .cancelRequested.catch(() => run.cancel())
    .catch(() => undefined);
  return CancellationScope.nonCancellable(() => run.execute());
}

class GraphRun {
  private readonly runId: string;
  private readonly running = new Set<string>();
  private readonly outcomes: Record<string, JobOutcome> = {};
  private readonly work: JobWork;
  private plan!: GraphRunPlan;
  private settings: JobGraphSettings = {};
  private cancelled = false;
  /** Ends of jobs, and the cancel: reasons to decide anew. */
  private changes = 0;
  private failure: Error | undefined;

  constructor({ runId }: JobGraphInput) {
    this.runId = runId;
    this.work = new JobWork(runId, store);
    setHandler(cancelGraphSignal, () => this.cancel());
    setHandler(jobStatesQuery, () => this.states());
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.changes += 1;
    this.work.cancel();
  }

  async execute(): Promise<JobGraphResult> {
    const { settings, ...plan } = await store.loadGraphRun({ runId: this.runId });
    this.settings = settings;
    this.plan = plan;
    for (const { name } of this.plan.jobs) this.outcomes[name] = this.plan.outcomes[name] ?? unbegun;
    if (this.plan.status !== "running") return { status: this.plan.status, jobs: this.states() };
    // Begun by a workflow that was ended meanwhile: taken up again.
    for (const { name } of this.plan.jobs) if (this.outcomes[name]?.state === "running") this.begin(name);
    await this.runJobs();
    const status = runStatusOf(this.plan.jobs, this.outcomes);
    await store.finishGraphRun({ runId: this.runId, status });
    return this.result(status);
  }

  private async runJobs(): Promise<void> {
    for (;;) {
      const seen = this.changes;
      await this.decide();
      if (this.running.size === 0 && this.changes === seen) return;
      await condition(() => this.changes > seen);
      if (this.failure !== undefined) throw this.failure;
    }
  }

  /** Begins what may begin; what is skipped or blocked decides the jobs behind it at once. */
  private async decide(): Promise<void> {
    const ends: (JobEnd & { job: string })[] = [];
    for (let decided = -1; decided < ends.length;) {
      decided = ends.length;
      for (const job of this.plan.jobs) {
        if (this.outcomes[job.name]?.state !== "waiting") continue;
        const decision = this.cancelled ? cancelledRun : decideJob(job, this.outcomes);
        if (decision.kind === "wait") continue;
        if (decision.kind === "run") this.begin(job.name);
        else ends.push({ job: job.name, result: {}, state: endOf[decision.kind], reason: decision.reason });
      }
      for (const { job, state, result } of ends) this.outcomes[job] = { state, result };
    }
    if (ends.length > 0) await store.recordGraphJobs({ runId: this.runId, ends });
    this.show();
  }

  private begin(name: string): void {
    this.outcomes[name] = { state: "running", result: {} };
    this.running.add(name);
    this.attempt(name)
      .then((outcome) => {
        this.outcomes[name] = outcome;
        this.running.delete(name);
      })
      .catch((error: unknown) => void (this.failure ??= asError(error)))
      .finally(() => void (this.changes += 1));
  }

  private async attempt(job: string): Promise<JobOutcome> {
    const attempts = attemptsOf(job, this.plan.jobs);
    for (let attempt = Math.max(1, this.plan.outcomes[job]?.attempts ?? 0); ; attempt += 1) {
      const outcome = await this.work.attempt({ job, attempt, lastAttempt: attempt >= attempts });
      if (outcome.state !== "failed" || attempt >= attempts) return outcome;
      await condition(() => this.cancelled, this.backoff(attempt));
    }
  }

  private backoff(attempt: number): number {
    const { retryBaseMs: baseMs = jobRetryBackoff.baseMs } = this.settings;
    return backoffMs({ ...jobRetryBackoff, baseMs }, attempt, Math.random());
  }

  private states(): Record<string, JobState> {
    return Object.fromEntries(Object.entries(this.outcomes).map(([job, { state }]) => [job, state]));
  }

  private show(): void {
    const lines = Object.entries(this.states()).map(([job, state]) => `- ${job}: ${state}`);
    setCurrentDetails([`Graph **${this.plan.graphName}**`, ...lines].join("\n"));
  }

  private result(status: GraphRunStatus): JobGraphResult {
    this.show();
    return { status, jobs: this.states() };
  }
}

const unbegun: JobOutcome = { state: "waiting", result: {} };
const cancelledRun = { kind: "cancel", reason: "the run was cancelled" } as const;
const endOf = { skip: "skipped", block: "blocked", cancel: "cancelled" } as const;
