/** What imports and exports are measured against: psql's `\copy`, and the statements that a person would write with it. */
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

/**
 * `\copy` into a bare table, and the same upsert in one statement. The file is trusted: nothing is checked, no progress is
 * kept, and a crash begins anew.
 */
export async function importByCopy(
  db: pg.Client,
  file: { tenantId: string; path: string; rows: number },
): Promise<void> {
  await db.query("insert into tenants (tenant_id, name) values ($1, $1)", [file.tenantId]);
  await db.query(
    "create table bare_rows (email text, first_name text, last_name text, city text, plan text)",
  );
  await pipeline(
    createReadStream(file.path),
    db.query(copyFrom("copy bare_rows from stdin (format csv, header)")),
  );
  const { rowCount } = await db.query(upsert, [file.tenantId]);
  await db.query("drop table bare_rows");
  if (rowCount !== file.rows) throw new Error(`copy: ${rowCount} contacts instead of ${file.rows}.`);
}

const upsert = `
  insert into contacts (tenant_id, email, domain, first_name, last_name, attributes)
  select $1, email, split_part(email, '@', 2), first_name, last_name, jsonb_build_object('city', city, 'plan', plan)
  from bare_rows
  on conflict (tenant_id, email) do update set
    first_name = coalesce(excluded.first_name, contacts.first_name),
    last_name = coalesce(excluded.last_name, contacts.last_name),
    attributes = contacts.attributes || excluded.attributes,
    updated_at = now()`;

/** `\copy (select …)` by somebody who knows the columns; formulas stay what they are. */
export async function exportByCopy(
  db: pg.Client,
  { tenantId, path }: { tenantId: string; path: string },
): Promise<void> {
  const select = `select email, first_name, last_name, attributes ->> 'city' as city, attributes ->> 'plan' as plan
    from contacts where tenant_id = '${tenantId}'`;
  await pipeline(
    db.query(copyTo(`copy (${select}) to stdout (format csv, header)`)),
    createWriteStream(path),
  );
}
