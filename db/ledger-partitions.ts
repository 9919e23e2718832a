import type pg from "pg";
import type { CleanupLine } from "../activities/recurring-ports.js";
import { Conflict } from "../domain/errors.js";
import { transaction, type Queryable } from "./pool.js";

/** `email_sends_2026_11`: the ledger of the sends that were made in that month. */
const partitionName = /^email_sends_(\d{4})_(\d{2})$/;

/** Who asks for a table's exclusive lock makes all others wait behind him: he gives up instead, and comes again. */
const lockTimeout = "2s";

/** Partitions whose month ended before that time, oldest first; one with an open send is kept. */
export async function findOldPartitions(pool: pg.Pool, before: Date): Promise<CleanupLine[]> {
  const { rows } = await pool.query<{ name: string; rows: number }>(
    `select c.relname as name, greatest(c.reltuples, 0)::float8 as rows
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'email_sends'::regclass order by c.relname`,
  );
  const lines: CleanupLine[] = [];
  for (const { name, rows: about } of rows) {
    const month = monthOf(name);
    if (month === null || nextMonth(month) > before) continue;
    const open = await countOpenSends(pool, month);
    lines.push({
      what: name,
      rows: about,
      ...(open > 0 && { reason: `sends that have not ended: ${open}` }),
    });
  }
  return lines;
}

/**
 * Drops a partition with all that can no longer be done about its recipients: open dead letters are dismissed, and its
 * sends are marked, so that their counts are never taken from the ledger again. Gone already: nothing happens.
 * @throws Conflict when a send of it is open
 */
export async function dropPartition(pool: pg.Pool, name: string): Promise<number> {
  const month = monthOf(name);
  if (month === null) throw new Conflict(`${name} is no partition of the ledger.`, { name });
  return transaction(pool, async (client) => {
    await client.query("select set_config('lock_timeout', $1, true)", [lockTimeout]);
    const { rows } = await client.query<{ present: boolean }>(
      "select to_regclass($1) is not null as present",
      [name],
    );
    if (!rows[0]?.present) return 0;
    // Whoever would take a send up again waits for this, and then finds it marked.
    await client.query("select 1 from campaign_sends where send_month = $1 for no key update", [month]);
    const open = await countOpenSends(client, month);
    if (open > 0) throw new Conflict(`${name} is kept; sends that have not ended: ${open}.`, { name, open });
    const { rows: counted } = await client.query<{ rows: number }>(
      "select count(*)::float8 as rows from email_sends where send_month = $1",
      [month],
    );
    await client.query(
      `update dead_letters d set resolved_at = now(), resolution = 'dismissed'
       from campaign_sends s where s.send_month = $1 and d.send_id = s.send_id and d.resolved_at is null`,
      [month],
    );
    await client.query(
      "update campaign_sends set ledger_dropped_at = now() where send_month = $1 and ledger_dropped_at is null",
      [month],
    );
    // The name has the form that `monthOf` demands.
    await client.query(`drop table ${name}`);
    return counted[0]?.rows ?? 0;
  });
}

async function countOpenSends(db: Queryable, month: string): Promise<number> {
  const { rows } = await db.query<{ open: number }>(
    `select count(*)::int as open from campaign_sends
     where send_month = $1 and status not in ('completed', 'cancelled')`,
    [month],
  );
  return rows[0]?.open ?? 0;
}

function monthOf(name: string): string | null {
  const [, year, month] = partitionName.exec(name) ?? [];
  return year === undefined || month === undefined ? null : `${year}-${month}-01`;
}

function nextMonth(month: string): Date {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 1));
}
