import type pg from "pg";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { compileSegmentFilter } from "./segment-sql.js";

export interface ContactEstimate {
  contacts: number;
  /** True: a sample was looked at, and `contacts` is about right; few among very many may be missed by it. */
  estimated: boolean;
}

/** Every contact is looked at: about a second a million. */
export async function countMatches(pool: pg.Pool, tenantId: string, filter: SegmentFilter): Promise<number> {
  const { sql, params } = compileSegmentFilter(filter, 2, "c");
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 as count from contacts c where c.tenant_id = $1 and ${sql}`,
    [tenantId, ...params],
  );
  return rows[0]?.count ?? 0;
}

/** A tenant's contacts up to here are all looked at; of more, a sample. */
const contactsCounted = 50_000;
/** Contacts of all tenants; blocks of the table at random, and the same ones when it is asked again. */
const contactsSampled = 50_000;

/** As soon answered for many contacts as for few. */
export async function estimateMatches(
  pool: pg.Pool,
  tenantId: string,
  filter: SegmentFilter,
): Promise<ContactEstimate> {
  const { rows: sizes } = await pool.query<{ many: boolean; percent: number }>(
    `select exists (select from contacts where tenant_id = $1 order by contact_id offset $2 limit 1) as many,
       least(100, 100 * $3 / greatest(reltuples, 1))::float8 as percent
     from pg_class where oid = 'contacts'::regclass`,
    [tenantId, contactsCounted, contactsSampled],
  );
  const { many = false, percent = 100 } = sizes[0] ?? {};
  if (!many || percent === 100)
    return { contacts: await countMatches(pool, tenantId, filter), estimated: false };
  const { sql, params } = compileSegmentFilter(filter, 3, "c");
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 as count from contacts c tablesample system ($2) repeatable (1)
     where c.tenant_id = $1 and ${sql}`,
    [tenantId, percent, ...params],
  );
  return { contacts: Math.round(((rows[0]?.count ?? 0) * 100) / percent), estimated: true };
}
