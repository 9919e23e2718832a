/** What an import is measured against: psql's `\copy` into a bare table, and the same upsert in one statement. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** @returns seconds. The file is trusted: nothing is checked, no progress is kept, and a crash begins anew. */
export async function runCopy(db: pg.Client, file: { path: string; rows: number }): Promise<number> {
  const tenantId = `copy-${Date.now()}`;
  await db.query("insert into tenants (tenant_id, name) values ($1, $1)", [tenantId]);
  await db.query(
    "create table bare_rows (email text, first_name text, last_name text, city text, plan text)",
  );
  const begin = performance.now();
  await pipeline(
    createReadStream(file.path),
    db.query(copyFrom("copy bare_rows from stdin (format csv, header)")),
  );
  const { rowCount } = await db.query(upsert, [tenantId]);
  const seconds = (performance.now() - begin) / 1_000;
  if (rowCount !== file.rows) throw new Error(`copy: ${rowCount} contacts instead of ${file.rows}.`);
  await db.query("drop table bare_rows");
  return seconds;
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
