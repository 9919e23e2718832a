import {
  jobKinds,
  statesOf,
  type JobAction,
  type JobFilter,
  type JobKind,
  type JobRef,
} from "../domain/jobs.js";
import { firstUuidOf } from "../domain/recurring.js";
import { rowByRow, type Bind, type JobSource } from "./job-source.js";
import { jobSources } from "./job-sources.js";

/** A place in the list: behind the job of that instant (microseconds), kind and id. */
export interface JobCursor extends JobRef {
  micros: string;
}

export interface JobSelection {
  tenantId: string;
  filter: JobFilter;
  /** Only what it fits. */
  action?: JobAction;
  after?: JobCursor;
  /** Also those that were removed from the list. */
  removed?: boolean;
}

/** What one branch gives of each job; `state` is an SQL expression. */
export type Select = (source: JobSource, kind: JobKind, state: string) => string;

/**
 * One query for each state of each kind that can match: a range of one index in its order, so that a limit reads no more
 * rows than it gives. Jobs that were removed are left out.
 */
export function jobBranches(selection: JobSelection, bind: Bind, select: Select, limit?: number): string[] {
  const { filter, action } = selection;
  const tenant = bind(selection.tenantId);
  const kinds = jobKinds.filter((kind) => filter.kinds?.includes(kind) ?? true);
  return kinds.flatMap((kind) => {
    const source: JobSource = jobSources[kind];
    const shared = conditions(source, kind, selection, bind);
    if (shared === null) return [];
    const states = statesOf(kind, filter.statuses, action).filter((one) => !isFaultless(source, one, filter));
    return walksOf(source, states).map(({ state, condition }) => {
      const where = [`${source.tenant} = ${tenant}`, condition, ...shared];
      if (!selection.removed) where.push(stillListed(source, kind));
      const newest = source.created === null ? "" : `${source.created} desc, `;
      return `(select ${select(source, kind, state)} from ${source.from}
          where ${where.join(" and ")}
          ${limit === undefined ? "" : `order by ${newest}${source.id} desc limit ${limit}`})`;
    });
  });
}

function walksOf({ states, split }: JobSource, wanted: string[]): { state: string; condition: string }[] {
  const both = split && wanted.includes(split.yes) && wanted.includes(split.no) ? split : undefined;
  const alone = wanted
    .filter((state) => state !== both?.yes && state !== both?.no)
    .map((state) => ({ state: `'${state}'`, condition: states[state as never] }));
  if (!both) return alone;
  const state = `case when ${both.by} then '${both.yes}' else '${both.no}' end`;
  return [...alone, { state, condition: both.within }];
}

function stillListed({ tenant, id }: JobSource, kind: JobKind): string {
  return rowByRow(`not exists (select from job_removals removal
    where removal.tenant_id = ${tenant} and removal.kind = '${kind}' and removal.job_id = ${id}::text)`);
}

/** When it was made, as whole microseconds. */
export function microsOf({ created, id }: JobSource): string {
  return created === null
    ? `('x' || substr(replace(${id}::text, '-', ''), 1, 12))::bit(48)::bigint * 1000`
    : `(extract(epoch from ${created}) * 1000000)::bigint`;
}

/** Text whose order is that of the ids. */
export function sortKeyOf({ id, idType }: JobSource): string {
  return idType === "bigint" ? `lpad(${id}::text, 19, '0')` : `${id}::text`;
}

function isFaultless(source: JobSource, state: string, { error, text }: JobFilter): boolean {
  if (error === undefined && (text === undefined || !source.many)) return false;
  return source.faultless?.includes(state) ?? false;
}

/** Null: no job of the kind can match. */
function conditions(
  source: JobSource,
  kind: JobKind,
  { filter, after }: JobSelection,
  bind: Bind,
): string[] | null {
  const { matches } = source;
  const asked: (string | null)[] = [];
  const { jobs, jobId, queue, recipient, webhookId, campaignId, error, text } = filter;
  if (jobs !== undefined) asked.push(amongIds(source, idsOf(kind, jobs), bind));
  if (jobId !== undefined) asked.push(amongIds(source, [jobId], bind));
  if (queue !== undefined) asked.push(matches.queue?.(queue, bind) ?? null);
  if (recipient !== undefined) asked.push(matches.recipient?.(bind(recipient)) ?? null);
  if (webhookId !== undefined) asked.push(matches.webhookId?.(`${bind(webhookId)}::uuid`) ?? null);
  if (campaignId !== undefined) asked.push(matches.campaignId?.(`${bind(campaignId)}::uuid`) ?? null);
  if (error !== undefined) asked.push(matches.error?.(bind(patternOf(error))) ?? null);
  if (text !== undefined) asked.push(matches.text?.(bind(patternOf(text))) ?? null);
  if (asked.some((condition) => condition === null)) return null;
  return [...(asked as string[]), ...timeRange(source, filter, bind), ...behind(source, kind, after, bind)];
}

function idsOf(kind: JobKind, jobs: JobRef[]): string[] {
  return jobs.filter((job) => job.kind === kind).map(({ jobId }) => jobId);
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function amongIds({ id, idType }: JobSource, ids: string[], bind: Bind): string | null {
  const fitting = ids.filter((one) => (idType === "bigint" ? /^\d{1,18}$/.test(one) : uuidPattern.test(one)));
  if (fitting.length === 0) return null;
  return `${id} = any (${bind(fitting)}::${idType === "bigint" ? "bigint" : "uuid"}[])`;
}

function patternOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

function timeRange(source: JobSource, { createdAfter, createdBefore }: JobFilter, bind: Bind): string[] {
  const range: string[] = [];
  if (createdAfter) range.push(since(source, createdAfter, bind));
  if (createdBefore) range.push(`not (${since(source, createdBefore, bind)})`);
  return range;
}

function since({ created, id }: JobSource, at: Date, bind: Bind): string {
  return created === null
    ? `${id} >= ${bind(firstUuidOf(at))}::uuid`
    : `${created} >= ${bind(at)}::timestamptz`;
}

/** Behind the cursor in the order of instant, kind and id, all descending. */
function behind(source: JobSource, kind: JobKind, after: JobCursor | undefined, bind: Bind): string[] {
  if (!after) return [];
  const { created, id, idType } = source;
  const micros = BigInt(after.micros);
  if (created === null) {
    if (kind === after.kind) return [`${id} < ${bind(after.jobId)}::uuid`];
    // Of the cursor's instant itself, a kind that comes later is still to be told.
    const bound = kind < after.kind ? micros / 1_000n + 1n : (micros + 999n) / 1_000n;
    return [`${id} < ${bind(firstUuidOf(new Date(Number(bound))))}::uuid`];
  }
  const at = `${bind(instantOf(micros))}::timestamptz`;
  if (kind !== after.kind) return [`${created} ${kind < after.kind ? "<=" : "<"} ${at}`];
  return [`(${created}, ${id}) < (${at}, ${bind(after.jobId)}::${idType === "bigint" ? "bigint" : "uuid"})`];
}

/** Postgres keeps microseconds, a Date only milliseconds. */
function instantOf(micros: bigint): string {
  const rest = String(micros % 1_000n).padStart(3, "0");
  return new Date(Number(micros / 1_000n)).toISOString().replace("Z", `${rest}Z`);
}
