import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { listsNamed, type SegmentFilter } from "../domain/segment-filter.js";
import { unlessReferred, unlessTaken } from "./constraints.js";
import type { NamePage } from "./name-page.js";
import type { Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { countMatches, estimateMatches, type ContactEstimate } from "./segment-counts.js";
import { parseSegmentFilter } from "./segment-schema.js";

export { parseSegmentFilter } from "./segment-schema.js";

export interface Segment {
  segmentId: string;
  tenantId: string;
  name: string;
  filter: SegmentFilter;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewSegment {
  tenantId: string;
  name: string;
  /** Checked here: see `parseSegmentFilter`. */
  filter: unknown;
}

/** What is undefined stays. */
export interface SegmentEdit {
  name?: string | undefined;
  filter?: unknown;
}

export interface SegmentStore {
  /**
   * Safe to repeat with the same filter.
   * @throws InvalidInput naming the place in the filter; NotFound (tenant); Conflict when the name has another filter
   */
  createSegment(segment: NewSegment): Promise<Segment & { created: boolean }>;
  /** Sends that have taken their snapshot keep it. @throws InvalidInput, NotFound, Conflict when the name is taken */
  changeSegment(tenantId: string, segment: string, edit: SegmentEdit): Promise<Segment>;
  /** @throws NotFound, Conflict while something refers to it */
  removeSegment(tenantId: string, segment: string): Promise<void>;
  /** @param segment id or name. @throws NotFound */
  loadSegment(tenantId: string, segment: string): Promise<Segment>;
  /** By name; without a page all. */
  listSegments(tenantId: string, page?: NamePage): Promise<Segment[]>;
  /** Contacts that match now. @param segment id or name. @throws NotFound */
  countSegment(tenantId: string, segment: string): Promise<number>;
  /** The same, or about so many where a tenant has more than 50,000. @throws NotFound */
  estimateSegment(tenantId: string, segment: string): Promise<ContactEstimate>;
  /** Contacts that a filter would match, before it is saved. @throws InvalidInput */
  countFilter(tenantId: string, filter: unknown): Promise<number>;
  /** @throws InvalidInput */
  estimateFilter(tenantId: string, filter: unknown): Promise<ContactEstimate>;
}

export function createSegmentStore(pool: pg.Pool): SegmentStore {
  return {
    createSegment: (segment) => createSegment(pool, segment),
    changeSegment: (tenantId, segment, edit) => changeSegment(pool, { tenantId, segment }, edit),
    removeSegment: (tenantId, segment) => removeSegment(pool, tenantId, segment),
    loadSegment: (tenantId, segment) => loadSegment(pool, tenantId, segment),
    listSegments: (tenantId, page) => listSegments(pool, tenantId, page),
    countSegment: async (tenantId, segment) => {
      const { filter } = await loadSegment(pool, tenantId, segment);
      return countMatches(pool, tenantId, filter);
    },
    estimateSegment: async (tenantId, segment) => {
      const { filter } = await loadSegment(pool, tenantId, segment);
      return estimateMatches(pool, tenantId, filter);
    },
    countFilter: async (tenantId, filter) =>
      countMatches(pool, tenantId, await checkFilter(pool, tenantId, filter)),
    estimateFilter: async (tenantId, filter) =>
      estimateMatches(pool, tenantId, await checkFilter(pool, tenantId, filter)),
  };
}

/** @param segment id or name; an id goes first. @throws NotFound */
export async function loadSegment(db: Queryable, tenantId: string, segment: string): Promise<Segment> {
  const { rows } = await db.query<Segment>(
    `select ${columns} from segments
     where tenant_id = $1 and (segment_id::text = lower($2) or name = $2)
     order by segment_id::text = lower($2) desc
     limit 1`,
    [tenantId, segment],
  );
  if (!rows[0]) throw new NotFound("segment", segment);
  return rows[0];
}

const columns = `segment_id as "segmentId", tenant_id as "tenantId", name, filter, created_at as "createdAt",
  updated_at as "updatedAt"`;

async function createSegment(pool: pg.Pool, segment: NewSegment): Promise<Segment & { created: boolean }> {
  const { tenantId, name } = segment;
  await requireTenant(pool, tenantId);
  const filter = JSON.stringify(await checkFilter(pool, tenantId, segment.filter));
  const { rowCount } = await pool.query(
    "insert into segments (segment_id, tenant_id, name, filter) values ($1, $2, $3, $4) on conflict do nothing",
    [uuidv7(), tenantId, name, filter],
  );
  const { rows } = await pool.query<Segment & { same: boolean }>(
    `select ${columns}, filter = $3::jsonb as same from segments where tenant_id = $1 and name = $2`,
    [tenantId, name, filter],
  );
  const row = rows[0];
  if (!row) throw new NotFound("segment", name);
  const { same, ...saved } = row;
  if (!same) throw new Conflict(`The segment ${JSON.stringify(name)} exists with another filter.`, { name });
  return { ...saved, created: rowCount === 1 };
}

async function changeSegment(
  pool: pg.Pool,
  { tenantId, segment }: { tenantId: string; segment: string },
  { name, filter }: SegmentEdit,
): Promise<Segment> {
  const { segmentId, name: present } = await loadSegment(pool, tenantId, segment);
  const checked = filter === undefined ? null : JSON.stringify(await checkFilter(pool, tenantId, filter));
  await unlessTaken(`The name ${JSON.stringify(name ?? present)}`, () =>
    pool.query(
      `update segments set name = coalesce($3, name), filter = coalesce($4::jsonb, filter), updated_at = now()
       where tenant_id = $1 and segment_id = $2`,
      [tenantId, segmentId, name ?? null, checked],
    ),
  );
  return loadSegment(pool, tenantId, segmentId);
}

async function removeSegment(pool: pg.Pool, tenantId: string, segment: string): Promise<void> {
  const { segmentId, name } = await loadSegment(pool, tenantId, segment);
  const { rows } = await pool.query<{ campaignId: string }>(
    `select campaign_id as "campaignId" from sequence_audiences where tenant_id = $1 and segment_id = $2 limit 1`,
    [tenantId, segmentId],
  );
  if (rows[0])
    throw new Conflict(
      `The segment ${JSON.stringify(name)} is the audience of sequence ${rows[0].campaignId}.`,
    );
  await unlessReferred(`The segment ${JSON.stringify(name)}`, () =>
    pool.query("delete from segments where tenant_id = $1 and segment_id = $2", [tenantId, segmentId]),
  );
}

async function listSegments(
  pool: pg.Pool,
  tenantId: string,
  { after, limit }: NamePage = {},
): Promise<Segment[]> {
  const { rows } = await pool.query<Segment>(
    `select ${columns} from segments
     where tenant_id = $1 and ($2::text is null or name > $2) order by name limit $3`,
    [tenantId, after ?? null, limit ?? null],
  );
  return rows;
}

/** Form, fields, operators, and that the lists it names are the tenant's. */
async function checkFilter(db: Queryable, tenantId: string, input: unknown): Promise<SegmentFilter> {
  const filter = parseSegmentFilter(input);
  const named = listsNamed(filter, "filter");
  const { rows } = await db.query<{ listId: string }>(
    `select list_id as "listId" from lists where tenant_id = $1 and list_id = any($2::uuid[])`,
    [tenantId, named.map(({ listId }) => listId)],
  );
  const known = new Set(rows.map((row) => row.listId));
  const unknown = named.filter(({ listId }) => !known.has(listId.toLowerCase()));
  if (unknown.length > 0) {
    throw new InvalidInput(
      unknown.map(({ path, listId }) => ({ field: path, problem: `there is no list ${listId}` })),
    );
  }
  return filter;
}
