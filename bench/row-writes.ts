import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

export interface RowWrites {
  inserted: number;
  updated: number;
  deleted: number;
  ledgerUpdated: number;
  ledgerHot: number;
}

/** A session hands its counts over at most once a second, and when it ends. */
const settleMs = 1_500;

/** Rows that were written to this database so far, as Postgres counts them: by sessions at rest, and by `db` itself. */
export async function rowWrites(db: pg.Client): Promise<RowWrites> {
  await sleep(settleMs);
  // Its own session, unless told, may keep its last second for ten more, and what it seeded would count as sending.
  await db.query("select pg_stat_force_next_flush()");
  const { rows } = await db.query<RowWrites>(
    `select sum(n_tup_ins)::float8 as inserted, sum(n_tup_upd)::float8 as updated, sum(n_tup_del)::float8 as deleted,
       coalesce(sum(n_tup_upd) filter (where relname like 'email\\_sends%'), 0)::float8 as "ledgerUpdated",
       coalesce(sum(n_tup_hot_upd) filter (where relname like 'email\\_sends%'), 0)::float8 as "ledgerHot"
     from pg_stat_user_tables`,
  );
  const [counts] = rows;
  if (!counts) throw new Error("Postgres counts no writes.");
  return counts;
}

/** All rows written between two readings, and how many of the ledger's updates touched no index. */
export function writesBetween(
  before: RowWrites,
  after: RowWrites,
): { rows: number; ledgerHotPercent: number } {
  const updated = after.ledgerUpdated - before.ledgerUpdated;
  const all = (writes: RowWrites) => writes.inserted + writes.updated + writes.deleted;
  return {
    rows: all(after) - all(before),
    ledgerHotPercent: updated === 0 ? 0 : (100 * (after.ledgerHot - before.ledgerHot)) / updated,
  };
}
