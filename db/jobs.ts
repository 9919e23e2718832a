import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { WalkedPage } from "../domain/walked-page.js";
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
import {
  jobBranches,
  microsOf,
  sortKeyOf,
  unionOf,
  type JobBranch,
  type JobCursor,
  type JobSelection,
  type Select,
} from "./job-branches.js";
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
  /** There are more than were looked at. */
  more: boolean;
}

export interface JobPage {
  filter: JobFilter;
  before?: JobCursor;
  limit: number;
}

export interface JobStore {
  /**
   * Newest first; `before` is the cursor of the last one of the page before. Of each kind and status the next `jobsWalked` are
   * looked at; what is older than the newest of the places where that ended is left for the next page.
   */
  walkJobs(tenantId: string, page: JobPage): Promise<WalkedPage<Job>>;
  /** By kind and status, of the newest `jobsWalked` of each. */
  countJobs(tenantId: string, filter: JobFilter): Promise<JobCount[]>;
  /** What an action on all that a filter matches would take up, exactly. */
  countFitting(tenantId: string, filter: JobFilter, action: JobAction): Promise<Omit<JobCount, "more">[]>;
  sampleFitting(tenantId: string, filter: JobFilter, action: JobAction, limit: number): Promise<Job[]>;
}

/** Of each kind and status: no index knows an error's text, or the lane of an email that was sent. */
const jobsWalked = 5_000;

export function createJobStore(pool: pg.Pool): JobStore {
  return {
    walkJobs: (tenantId, { filter, before, limit }) =>
      walkJobs(pool, { tenantId, filter, ...(before && { after: before }) }, limit),
    countJobs: (tenantId, filter) => countJobs(pool, tenantId, filter),
    countFitting: (tenantId, filter, action) => countFitting(pool, { tenantId, filter, action }),
    sampleFitting: async (tenantId, filter, action, limit) =>
      (await selectJobs(pool, { tenantId, filter, action }, limit)).map((row) => toJob(tenantId, row)),
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
  const rows = refs.length === 0 ? [] : await selectJobs(db, selection);
  return new Map(rows.map((row) => [keyOf(row), toJob(tenantId, row)]));
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

async function walkJobs(db: Queryable, selection: JobSelection, limit: number): Promise<WalkedPage<Job>> {
  const { values, bind } = binding();
  const branches = jobBranches(selection, bind, jobColumns, { walked: jobsWalked, limit });
  if (branches.length === 0) return new WalkedPage<Job>([], null);
  const { rows } = await db.query<JobRow & { matches: boolean; nth: string }>(
    sorted(unionOf(branches), limit),
    values,
  );
  const end = rows.findIndex(({ nth }) => Number(nth) === jobsWalked);
  const seen = end === -1 ? rows : rows.slice(0, end + 1);
  const last = end === -1 && rows.length < limit ? undefined : seen.at(-1);
  return new WalkedPage(
    seen.filter(({ matches }) => matches).map((row) => toJob(selection.tenantId, row)),
    last ? cursorOf(last) : null,
  );
}

async function selectJobs(db: Queryable, selection: JobSelection, limit?: number): Promise<JobRow[]> {
  const { values, bind } = binding();
  const branches = jobBranches(selection, bind, jobColumns);
  if (branches.length === 0) return [];
  return (await db.query<JobRow>(sorted(unionOf(branches), limit), values)).rows;
}

function sorted(jobs: string, limit: number | undefined): string {
  return `select j.*, timestamptz 'epoch' + j.micros * interval '1 microsecond' as "createdAt"
     from (${jobs}) j
     order by j.micros desc, j.kind collate "C" desc, j.sort_key collate "C" desc
     ${limit === undefined ? "" : `limit ${limit}`}`;
}

function toJob(tenantId: string, row: JobRow): Job {
  const { kind, jobId, state, title, endpoint, campaignId, queue, attempts, error } = row;
  const { createdAt, startedAt, finishedAt, nextAttemptAt } = row;
  return {
    ...{ kind, jobId, tenantId, status: jobStatusOf(kind, state), state, title, endpoint, campaignId, queue },
    ...{ attempts, error, createdAt, startedAt, finishedAt, nextAttemptAt },
    actions: actionsOf(kind, state),
    cursor: cursorOf(row),
  };
}

function cursorOf({ micros, kind, jobId }: JobRow): string {
  return `${micros}~${kind}~${jobId}`;
}

const stateOnly: Select = (_, kind, state) => `'${kind}' as kind, ${state} as state`;

async function countJobs(pool: pg.Pool, tenantId: string, filter: JobFilter): Promise<JobCount[]> {
  const { values, bind } = binding();
  const walked = jobsWalked + 1;
  const branches = jobBranches({ tenantId, filter }, bind, stateOnly, { walked, limit: walked });
  if (branches.length === 0) return [];
  const counts = branches.map(
    (
      { sql },
      no,
    ) => `select ${no} as branch, state, count(*) filter (where matches and nth < ${walked})::int as count,
      coalesce(bool_or(nth = ${walked}), false) as more
      from ${sql} b group by state`,
  );
  const { rows } = await pool.query<WalkCount>(counts.join("\nunion all\n"), values);
  return byStatus(
    branches.flatMap((branch, no) =>
      statesIn(
        branch,
        rows.filter((row) => row.branch === no),
      ),
    ),
  );
}

interface WalkCount {
  branch: number;
  state: string;
  count: number;
  more: boolean;
}

/** Where a walk has ended, more may be of each of its states. */
function statesIn({ kind, states }: JobBranch, rows: WalkCount[]): StateCount[] {
  const more = rows.some((row) => row.more);
  return states.map((state) => {
    const count = rows.find((row) => row.state === state)?.count ?? 0;
    return { kind, state, count, more };
  });
}

async function countFitting(pool: pg.Pool, selection: JobSelection): Promise<Omit<JobCount, "more">[]> {
  const { values, bind } = binding();
  const branches = jobBranches(selection, bind, stateOnly);
  if (branches.length === 0) return [];
  const counts = branches.map(
    ({ sql }) =>
      `select kind, state, count(*)::int as count, false as more from ${sql} b group by kind, state`,
  );
  const { rows } = await pool.query<StateCount>(counts.join("\nunion all\n"), values);
  return byStatus(rows).map(({ more: _more, ...row }) => row);
}

interface StateCount {
  kind: JobKind;
  state: string;
  count: number;
  more: boolean;
}

/** Those that there are, or may be. */
function byStatus(rows: StateCount[]): JobCount[] {
  return jobKinds.flatMap((kind) =>
    jobStatuses.flatMap((status) => {
      const own = rows.filter((row) => row.kind === kind && jobStatusOf(kind, row.state) === status);
      const count = own.reduce((sum, row) => sum + row.count, 0);
      const more = own.some((row) => row.more);
      return count === 0 && !more ? [] : [{ kind, status, count, more }];
    }),
  );
}

/** Values of a statement, each where it is first named. */
export function binding(): { values: unknown[]; bind: (value: unknown) => string } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}
