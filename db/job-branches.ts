import {
  jobKinds,
  statesOf,
  type JobAction,
  type JobFilter,
  type JobKind,
  type JobRef,
} from "../domain/jobs.js";
import { firstUuidOf } from "../domain/recurring.js";
import { rowByRow, type Bind, type JobJoin, type JobSource, type JobWalk } from "./job-source.js";
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

/** Rows that a walk looks at, and how many of those that match it gives. */
export interface Bounds {
  walked: number;
  limit: number;
}

/** One walk of one kind. */
export interface JobBranch {
  kind: JobKind;
  /** Those that are asked for. */
  states: string[];
  /** A query in parentheses. With bounds, its rows have `matches` and `nth`, too: whether they match, which of the walk they are. */
  sql: string;
}

/**
 * One query for each range of an index that can have jobs that match, newest first; jobs that were removed are left out. With
 * bounds it ends where so many match, or where it has looked at so many: then the last one is given even if it does not match.
 */
export function jobBranches(
  selection: JobSelection,
  bind: Bind,
  select: Select,
  bounds?: Bounds,
): JobBranch[] {
  const { filter } = selection;
  const tenant = bind(selection.tenantId);
  const kinds = jobKinds.filter((kind) => filter.kinds?.includes(kind) ?? true);
  return kinds.flatMap((kind) => {
    // Tried first: a kind that cannot match must leave no value that the statement does not name.
    if (partsOf(kind, selection, select, () => tenant).length === 0) return [];
    return partsOf(kind, selection, select, bind).map(({ states, ...parts }) => {
      const own = { ...parts, range: `${parts.source.tenant} = ${tenant} and ${parts.range}` };
      return { kind, states, sql: bounds ? boundedSql(own, bounds) : wholeSql(own) };
    });
  });
}

export function unionOf(branches: readonly JobBranch[]): string {
  return branches.map(({ sql }) => sql).join("\nunion all\n");
}

interface BranchParts {
  source: JobSource;
  states: string[];
  /** Newest first, within the range. */
  order: string;
  range: string;
  filters: string;
  columns: string;
}

function partsOf(kind: JobKind, selection: JobSelection, select: Select, bind: Bind): BranchParts[] {
  const { filter, action } = selection;
  const own: JobSource = jobSources[kind];
  const led = own.ledBy?.(filter, bind) ?? null;
  const source = led ?? own;
  const asked = conditions(source, kind, { ...selection, isLed: led !== null }, bind);
  if (asked === null) return [];
  const possible = statesOf(kind, filter.statuses, action).filter((one) => !isFaultless(source, one, filter));
  return source.walks.flatMap((walk) => {
    const states = Object.keys(walk.states).filter((state) => possible.includes(state));
    if (states.length === 0) return [];
    const filters = [...amongStates(walk, states), ...asked.filters];
    return {
      ...{ source, states, order: orderOf(source, walk) },
      range: [...rangeOf(source, walk), ...asked.range].join(" and ") || "true",
      ...{ filters: filters.join(" and ") || "true", columns: select(source, kind, stateOf(walk)) },
    };
  });
}

/**
 * What is joined is fetched row by row: as joins, the planner would read whole tables for a filter that it takes for selective.
 */
function boundedSql(
  { source, order, range, filters, columns }: Omit<BranchParts, "states">,
  { walked, limit }: Bounds,
): string {
  const alias = aliasOf(source.table);
  const joins = joinsOf(source, filters + columns).map(
    ({ table, on, first }) => `cross join lateral (select * from ${table} where ${on}
      ${first === undefined ? "" : `order by ${first}`} limit 1) ${aliasOf(table)}`,
  );
  return `(select ${columns}, (${filters}) is true as matches, ${alias}.nth
    from (
      select *, row_number() over (order by ${order}) as nth from ${source.table}
      where ${range} order by ${order} limit ${walked}
    ) ${alias} ${joins.join("\n")}
    where ${filters} or ${alias}.nth = ${walked}
    order by ${order} limit ${limit})`;
}

function wholeSql({ source, range, filters, columns }: Omit<BranchParts, "states">): string {
  const joins = joinsOf(source, filters + columns).map(({ table, on, first }) =>
    first === undefined
      ? `join ${table} on ${on}`
      : `cross join lateral (select * from ${table} where ${on} order by ${first} limit 1) ${aliasOf(table)}`,
  );
  return `(select ${columns} from ${source.table} ${joins.join("\n")} where ${range} and ${filters})`;
}

/** Those that something is asked of; each row has one, so that the others change nothing. */
function joinsOf({ joins = [] }: JobSource, text: string): readonly JobJoin[] {
  const asksOf = (of: string, { table }: JobJoin): boolean => new RegExp(`\\b${aliasOf(table)}\\.`).test(of);
  return joins.filter(
    (join, at) => asksOf(text, join) || joins.slice(at + 1).some((later) => asksOf(later.on, join)),
  );
}

function aliasOf(table: string): string {
  return table.split(" ")[1] ?? table;
}

/** As a range, and with the status in the order, only the index that has both fits: by another, many rows would be passed over. */
function rangeOf({ table }: JobSource, { status, within }: JobWalk): string[] {
  if (status === undefined) return within === undefined ? [] : [within];
  return [`${aliasOf(table)}.status between '${status}' and '${status}'`];
}

function orderOf({ table, created, id }: JobSource, { status }: JobWalk): string {
  const newest = `${created === null ? "" : `${created} desc, `}${id} desc`;
  return status === undefined ? newest : `${aliasOf(table)}.status, ${newest}`;
}

function stateOf({ states }: JobWalk): string {
  const entries = Object.entries(states);
  const [only] = entries;
  if (entries.length === 1 && only) return `'${only[0]}'`;
  const whens = entries.map(([state, condition]) =>
    condition === null ? `else '${state}'` : `when ${condition} then '${state}'`,
  );
  return `case ${whens.join(" ")} end`;
}

function amongStates(walk: JobWalk, wanted: string[]): string[] {
  if (wanted.length === Object.keys(walk.states).length) return [];
  return [`${stateOf(walk)} in (${wanted.map((state) => `'${state}'`).join(", ")})`];
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

/** Of the index that is walked, and of each row. Null: no job of the kind can match. */
function conditions(
  source: JobSource,
  kind: JobKind,
  { filter, after, removed, isLed }: JobSelection & { isLed: boolean },
  bind: Bind,
): { range: string[]; filters: string[] } | null {
  const { matches } = source;
  const range: (string | null)[] = [];
  const filters: (string | null)[] = source.isJob === undefined ? [] : [source.isJob];
  const { jobs, jobId, queue, recipient, webhookId, campaignId, error, text } = filter;
  if (jobs !== undefined) range.push(amongIds(source, idsOf(kind, jobs), bind));
  if (jobId !== undefined) range.push(amongIds(source, [jobId], bind));
  const found = isLed ? filters : range;
  if (webhookId !== undefined) found.push(matches.webhookId?.(`${bind(webhookId)}::uuid`) ?? null);
  if (campaignId !== undefined) found.push(matches.campaignId?.(`${bind(campaignId)}::uuid`) ?? null);
  if (recipient !== undefined && !isLed) filters.push(null);
  if (queue !== undefined) filters.push(matches.queue?.(queue, bind) ?? null);
  if (error !== undefined) filters.push(matches.error?.(bind(patternOf(error))) ?? null);
  if (text !== undefined) filters.push(matches.text?.(bind(patternOf(text))) ?? null);
  if ([...range, ...filters].includes(null)) return null;
  range.push(...timeRange(source, filter, bind), ...behind(source, kind, after, bind));
  if (!removed) filters.push(stillListed(source, kind));
  return { range: range as string[], filters: filters as string[] };
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
