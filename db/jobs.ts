import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import {
  actionsOf,
  jobKinds,
  jobStatuses,
  jobStatusOf,
  type JobAction,
  type JobFilter,
  type JobKind,
  type JobRef,
  type JobStatus,
} from "../domain/jobs.js";
import { jobBranches, microsOf, sortKeyOf, type JobCursor, type Select } from "./job-branches.js";
import type { Queryable } from "./pool.js";

/** One piece of work, of whatever kind. */
export interface Job extends JobRef {
  tenantId: string;
  status: JobStatus;
  /** Finer than the status, in the words of its kind. */
  state: string;
  /** What it is about: an address, a type of events, a campaign's or a graph's name, a file. */
  title: string;
  /** URL of a webhook's endpoint; else null. */
  endpoint: string | null;
  campaignId: string | null;
  /** Task queue of its work. */
  queue: string;
  /** Null: its kind does not count them. */
  attempts: number | null;
  /** The last one. */
  error: string | null;
  createdAt: Date;
  /** When it was first worked on. */
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When it is tried next, or begins; an email that is retried goes at the latest then. */
  nextAttemptAt: Date | null;
  /** What may be done to it now. */
  actions: JobAction[];
  /** The next page begins behind it. */
  cursor: string;
}

export interface JobCount {
  kind: JobKind;
  status: JobStatus;
  count: number;
  /** There are more than were counted. */
  more: boolean;
}

export interface JobStore {
  /** Newest first; `before` is the cursor of the last one of the page before. */
  listJobs(tenantId: string, page: { filter: JobFilter; before?: JobCursor; limit: number }): Promise<Job[]>;
  /** By kind and status, each up to `countedAtMost`. */
  countJobs(tenantId: string, filter: JobFilter): Promise<JobCount[]>;
  /** What an action on all that a filter matches would take up, exactly. */
  countFitting(tenantId: string, filter: JobFilter, action: JobAction): Promise<Omit<JobCount, "more">[]>;
  sampleFitting(tenantId: string, filter: JobFilter, action: JobAction, limit: number): Promise<Job[]>;
}

export const countedAtMost = 10_000;

export function createJobStore(pool: pg.Pool): JobStore {
  return {
    listJobs: (tenantId, { filter, before, limit }) =>
      selectJobs(pool, { tenantId, filter, ...(before && { after: before }) }, limit),
    countJobs: (tenantId, filter) => countJobs(pool, tenantId, filter),
    countFitting: (tenantId, filter, action) => countFitting(pool, { tenantId, filter, action }),
    sampleFitting: (tenantId, filter, action, limit) => selectJobs(pool, { tenantId, filter, action }, limit),
  };
}

/** Also one that was removed from the list. @throws NotFound */
export async function loadJob(db: Queryable, tenantId: string, ref: JobRef): Promise<Job> {
  const found = (await loadJobs(db, tenantId, [ref])).get(keyOf(ref));
  if (!found) throw new NotFound("job", keyOf(ref));
  return found;
}

/** Those that exist, by `keyOf`; also removed ones. */
export async function loadJobs(db: Queryable, tenantId: string, refs: JobRef[]): Promise<Map<string, Job>> {
  const kinds = jobKinds.filter((kind) => refs.some((ref) => ref.kind === kind));
  const selection = { tenantId, filter: { kinds, jobs: refs }, removed: true };
  const jobs = refs.length === 0 ? [] : await selectJobs(db, selection);
  return new Map(jobs.map((job) => [keyOf(job), job]));
}

export function keyOf({ kind, jobId }: JobRef): string {
  return `${kind}/${jobId.toLowerCase()}`;
}

type JobRow = Omit<Job, "status" | "actions" | "cursor" | "tenantId"> & { micros: string };

const jobColumns: Select = (source, kind, state) => {
  const { title, endpoint, campaignId, queue, attempts, error, startedAt, finishedAt, nextAttemptAt } =
    source.columns;
  return `'${kind}' as kind, ${source.id}::text as "jobId", ${state} as state, ${microsOf(source)} as micros,
    ${sortKeyOf(source)} as sort_key, ${title} as title, ${endpoint ?? "null"}::text as endpoint,
    ${campaignId ?? "null"}::uuid as "campaignId", ${queue} as queue, (${attempts ?? "null"})::int as attempts,
    ${error ?? "null"}::text as error, ${startedAt} as "startedAt", ${finishedAt} as "finishedAt",
    (${nextAttemptAt ?? "null"})::timestamptz as "nextAttemptAt"`;
};

async function selectJobs(
  db: Queryable,
  selection: Parameters<typeof jobBranches>[0],
  limit?: number,
): Promise<Job[]> {
  const { values, bind } = binding();
  const branches = jobBranches(selection, bind, jobColumns, limit);
  if (branches.length === 0) return [];
  const { rows } = await db.query<JobRow>(
    `select j.*, timestamptz 'epoch' + j.micros * interval '1 microsecond' as "createdAt"
     from (${branches.join("\nunion all\n")}) j
     order by j.micros desc, j.kind collate "C" desc, j.sort_key collate "C" desc
     ${limit === undefined ? "" : `limit ${limit}`}`,
    values,
  );
  return rows.map((row) => toJob(selection.tenantId, row));
}

function toJob(tenantId: string, row: JobRow): Job {
  const { kind, jobId, state, title, endpoint, campaignId, queue, attempts, error, micros } = row;
  const { createdAt, startedAt, finishedAt, nextAttemptAt } = row;
  return {
    ...{ kind, jobId, tenantId, status: jobStatusOf(kind, state), state, title, endpoint, campaignId, queue },
    ...{ attempts, error, createdAt, startedAt, finishedAt, nextAttemptAt },
    actions: actionsOf(kind, state),
    cursor: `${micros}~${kind}~${jobId}`,
  };
}

async function countJobs(pool: pg.Pool, tenantId: string, filter: JobFilter): Promise<JobCount[]> {
  const { values, bind } = binding();
  const select: Select = (_, kind, state) => `'${kind}' as kind, ${state} as state`;
  const branches = jobBranches({ tenantId, filter }, bind, select, countedAtMost + 1);
  if (branches.length === 0) return [];
  const { rows } = await pool.query<StateCount>(countsOf(branches), values);
  return byStatus(rows).map(({ kind, status, count }) => ({
    ...{ kind, status, count: Math.min(count, countedAtMost) },
    more: count > countedAtMost,
  }));
}

async function countFitting(
  pool: pg.Pool,
  selection: { tenantId: string; filter: JobFilter; action: JobAction },
): Promise<Omit<JobCount, "more">[]> {
  const { values, bind } = binding();
  const select: Select = (_, kind, state) => `'${kind}' as kind, ${state} as state`;
  const branches = jobBranches(selection, bind, select);
  if (branches.length === 0) return [];
  return byStatus((await pool.query<StateCount>(countsOf(branches), values)).rows);
}

interface StateCount {
  kind: JobKind;
  state: string;
  count: number;
}

function countsOf(branches: string[]): string {
  return branches
    .map((branch) => `select kind, state, count(*)::int as count from ${branch} b group by kind, state`)
    .join("\nunion all\n");
}

function byStatus(rows: StateCount[]): Omit<JobCount, "more">[] {
  return jobKinds.flatMap((kind) =>
    jobStatuses.flatMap((status) => {
      const own = rows.filter((row) => row.kind === kind && jobStatusOf(kind, row.state) === status);
      const count = own.reduce((sum, row) => sum + row.count, 0);
      return count === 0 ? [] : [{ kind, status, count }];
    }),
  );
}

/** Values of a statement, each where it is first named. */
export function binding(): { values: unknown[]; bind: (value: unknown) => string } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}
