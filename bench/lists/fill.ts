/** Big tables: rows of one large tenant and of fifty small ones, as years of use would leave them. */
import type pg from "pg";
import { audienceRows } from "./audience-rows.js";
import { dmarcRows } from "./dmarc-rows.js";
import { bigTenant, firstTime, smallTenants, type Fill } from "./ids.js";
import { mailRows } from "./mail-rows.js";
import { peopleRows } from "./people-rows.js";
import { reportRows } from "./report-rows.js";
import { reputationRows } from "./reputation-rows.js";
import { webhookRows } from "./webhook-rows.js";
import { workRows } from "./work-rows.js";

export const fills: readonly Fill[] = [
  ...audienceRows,
  ...mailRows,
  ...workRows,
  ...webhookRows,
  ...reportRows,
  ...peopleRows,
  ...reputationRows,
  ...dmarcRows,
];

const functions = `
  create function pg_temp.id(kind int, nth bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(${firstTime} + nth), 12, '0') || '70008000' || lpad(to_hex(kind), 12, '0'))::uuid
  $$;
  create function pg_temp.owner(nth bigint) returns text language sql immutable as $$
    select case when nth % 10 > 0 then '${bigTenant}' else 'small-' || nth / 10 % ${smallTenants} end
  $$;
  -- Spread over the nine months before now, in order.
  create function pg_temp.at(nth bigint, all_rows bigint) returns timestamptz language sql stable as $$
    select date_trunc('day', now()) - (all_rows - nth) * (interval '9 months' / all_rows)
  $$`;

/**
 * Fills every table that has a list, with statistics. Constraints of one row hold; triggers do not fire, and keys to other
 * tables are not looked at, so that it takes minutes for a million. Needs a superuser and a database that has nothing yet.
 */
export async function fillTables(
  db: pg.ClientBase,
  rows: number,
  say: (text: string) => void = () => undefined,
): Promise<void> {
  await db.query(functions);
  await db.query("set session_replication_role = replica");
  for (const { table, sql } of fills) {
    const begin = performance.now();
    const { rowCount } = await db.query(sql.replaceAll("$1", `${rows}::bigint`));
    say(`${table}: ${rowCount ?? 0} rows in ${((performance.now() - begin) / 1_000).toFixed(1)} s`);
  }
  await db.query("set session_replication_role = origin");
  await db.query("vacuum analyze");
}
