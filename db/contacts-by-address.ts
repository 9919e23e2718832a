import type pg from "pg";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { WalkedPage } from "../domain/walked-page.js";
import { compileSegmentFilter } from "./segment-sql.js";

export interface AddressWalk {
  tenantId: string;
  /** How their addresses begin, in small letters. */
  prefix: string;
  /** Only its members. */
  listId: string | null;
  /** Only contacts that match all of them. */
  filters: readonly SegmentFilter[];
  /** Contact id of the last row of the page before. */
  after?: string | undefined;
  limit: number;
}

/** As the index has them. `like` would not be looked up in it: row security lets no operator go first that could tell a value. */
const range = `c.tenant_id = $1 and c.email ~>=~ $2 and c.email ~<~ ($2 || chr(1114111))
  and ($3::bigint is null or c.email ~>~ (select email from contacts where tenant_id = $1 and contact_id = $3))`;

/** Contacts whose addresses begin so, by address; of a list or a segment, those among the next `walked`. */
export async function walkByAddress<Row extends { contactId: string }>(
  pool: pg.Pool,
  { tenantId, prefix, listId, filters, after, limit }: AddressWalk,
  { columns, walked }: { columns: string; walked: number },
): Promise<WalkedPage<Row>> {
  const key = [tenantId, prefix, after ?? null];
  const isWalked = listId !== null || filters.length > 0;
  const end = isWalked ? await findWalkEnd(pool, key, walked) : null;
  const filter = compileSegmentFilter({ all: [...filters] }, 7, "c");
  const { rows } = await pool.query<Row>(
    `select ${columns} from contacts c
     where ${range} and ($4::text is null or c.email ~<=~ $4)
       and ($5::uuid is null or (
         exists (select from list_contacts m where m.list_id = $5 and m.contact_id = c.contact_id)) is true)
       and ${filter.sql}
     order by c.email using ~<~ limit $6`,
    [...key, end?.email ?? null, listId, limit, ...filter.params],
  );
  return new WalkedPage(
    rows,
    rows.length < limit ? (end?.contactId ?? null) : (rows.at(-1)?.contactId ?? null),
  );
}

/** The last contact of those that are looked at; null: all that are left. */
async function findWalkEnd(
  pool: pg.Pool,
  key: (string | null)[],
  walked: number,
): Promise<{ contactId: string; email: string } | null> {
  const { rows } = await pool.query<{ contactId: string; email: string }>(
    `select c.contact_id as "contactId", c.email from contacts c where ${range}
     order by c.email using ~<~ offset ${walked - 1} limit 1`,
    key,
  );
  return rows[0] ?? null;
}
