import type { PlanTellings } from "../activities/job-bulk-ports.js";
import type { JobDetail, JobDetails } from "../db/job-details.js";
import type { ApplyJobAction } from "../db/job-change.js";
import type { Job, JobCount, JobStore } from "../db/jobs.js";
import { Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { isJobKind, jobHasGone, type JobAction } from "../domain/jobs.js";
import { fillPage, type WalkedPage } from "../domain/walked-page.js";
import { parseInput } from "./input.js";
import type { JobBulks } from "./job-bulks.js";
import {
  jobActionSchema,
  jobCountsSchema,
  jobRefSchema,
  jobsSchema,
  toJobFilter,
  type JobActionInput,
  type JobCountsQuery,
  type JobRefInput,
  type JobsQuery,
} from "./jobs-input.js";

export type { JobAttempt, JobDetail, JobPart } from "../db/job-details.js";
export type { Job, JobCount } from "../db/jobs.js";
export type { JobActionInput, JobCountsQuery, JobRefInput, JobsQuery } from "./jobs-input.js";

/** All work in one list, whatever its kind: emails, webhooks, sends, imports, exports, sequences, A/B tests, graphs, replays. */
export interface Jobs extends JobBulks {
  /** Newest first; `before` is the cursor of the last job of the page before. @throws InvalidInput */
  list(query: JobsQuery): Promise<Job[]>;
  /** The same, of the next 5,000 of each kind and status: fewer when few of them match, and `next` goes on. @throws InvalidInput */
  walk(query: JobsQuery): Promise<WalkedPage<Job>>;
  /** How many match, by kind and status, of the newest 5,000 of each. @throws InvalidInput */
  counts(query: JobCountsQuery): Promise<JobCount[]>;
  /** With what it was asked to do, its attempts and its parts; also one that was removed from the list. @throws NotFound */
  get(ref: JobRefInput): Promise<JobDetail>;
  /**
   * Takes it up again: dead work with no attempts spent, a delivery at once, dead recipients of a send in a further round, of
   * a graph what failed in a run of its own. @throws NotFound, Conflict that says what fits instead
   */
  retry(job: JobActionInput): Promise<JobDetail>;
  /** Ends it; what has left cannot be called back. It may take seconds. @throws NotFound, Conflict that says what fits */
  cancel(job: JobActionInput): Promise<JobDetail>;
  /**
   * Takes it out of the list: what still runs is cancelled first, its dead letter is dismissed, its progress forgotten. The
   * work's own rows, counts and analytics stay as they are. @throws NotFound, Conflict that says what fits instead
   */
  remove(job: JobActionInput): Promise<JobDetail>;
}

export interface JobPorts {
  store: JobStore;
  details: JobDetails;
  apply: ApplyJobAction;
  tellings: PlanTellings;
  bulks: JobBulks;
}

export function createJobs({ store, details, apply, tellings, bulks }: JobPorts): Jobs {
  async function act(action: JobAction, input: JobActionInput): Promise<JobDetail> {
    const { tenantId, kind, jobId, actor, because = null } = parseInput(jobActionSchema, input);
    const ref = { kind, jobId };
    const change = { tenantId, action, jobs: [ref], actor, reason: because };
    const [effect] = await apply(change);
    if (effect?.refusal === jobHasGone) throw new NotFound("job", `${kind}/${jobId}`);
    if (effect && effect.refusal !== null)
      throw new Conflict(`The job ${kind}/${jobId} ${effect.refusal}`, { kind, jobId });
    for (const tell of await tellings(change)) await tell();
    return details.loadJob(tenantId, ref);
  }

  async function walk(query: JobsQuery): Promise<WalkedPage<Job>> {
    const { tenantId, before, limit, ...filter } = parseInput(jobsSchema, query);
    const cursor = before === undefined ? {} : { before: toCursor(before) };
    return store.walkJobs(tenantId, { filter: toJobFilter(filter), ...cursor, limit });
  }

  return {
    ...bulks,
    list: async (query) =>
      fillPage({ after: query.before, limit: parseInput(jobsSchema, query).limit }, ({ after, limit }) =>
        walk({ ...query, limit, ...(after !== undefined && { before: after }) }),
      ),
    walk,
    counts: async (query) => {
      const { tenantId, ...filter } = parseInput(jobCountsSchema, query);
      return store.countJobs(tenantId, toJobFilter(filter));
    },
    get: async (input) => {
      const { tenantId, ...ref } = parseInput(jobRefSchema, input);
      return details.loadJob(tenantId, ref);
    },
    retry: (input) => act("retry", input),
    cancel: (input) => act("cancel", input),
    remove: (input) => act("remove", input),
  };
}

function toCursor(text: string): { micros: string; kind: Job["kind"]; jobId: string } {
  const [micros = "", kind = "", jobId = ""] = text.split("~");
  const isId = kind === "webhook.dispatch" ? /^\d{1,18}$/.test(jobId) : jobId.length === 36;
  if (isJobKind(kind) && isId && jobRefSchema.shape.jobId.safeParse(jobId).success)
    return { micros, kind, jobId };
  throw new InvalidInput([
    { field: "before", problem: "must be the cursor of a job, as floe.jobs.list shows it" },
  ]);
}
