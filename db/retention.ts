import type pg from "pg";
import type { CleanupStore } from "../activities/recurring-ports.js";
import { NotFound } from "../domain/errors.js";
import { firstUuidOf } from "../domain/recurring.js";
import type { Retention } from "../domain/retention.js";
import { oldRows, type OldRows } from "./old-rows.js";
import { dropPartition, findOldPartitions } from "./ledger-partitions.js";

/** Rows of one small delete: some milliseconds, so that nobody waits for its locks. */
const defaultPage = 5_000;

export function createCleanupStore(pool: pg.Pool, retention: Retention): CleanupStore {
  return {
    tables: () =>
      Object.entries(oldRows)
        .filter(([, old]) => daysOf(old, retention) !== null)
        .map(([table]) => table),

    async countOld(table) {
      const { old, before } = find(table, retention);
      const { rows } = await pool.query<{ count: string }>(bind(old.count, { before }));
      return Number(rows[0]?.count ?? 0);
    },

    async deleteOld(table) {
      const { old, before } = find(table, retention);
      const limit = old.rowsOfPage ?? defaultPage;
      const { rowCount } = await pool.query(bind(old.delete, { before, limit }));
      return rowCount ?? 0;
    },

    findOldPartitions: async () =>
      retention.ledger === null ? [] : findOldPartitions(pool, daysAgo(retention.ledger)),
    dropPartition: (partition) => dropPartition(pool, partition),
  };
}

/** A statement with the values that it names, each once. */
function bind(text: string, { before, limit }: { before: Date; limit?: number }): pg.QueryConfig {
  const known: Record<string, unknown> = { before, firstId: firstUuidOf(before), limit };
  const names = [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))];
  return {
    text: text.replace(/\{(\w+)\}/g, (_, name: string) => `$${names.indexOf(name) + 1}`),
    values: names.map((name) => known[name]),
  };
}

function find(table: string, retention: Retention): { old: OldRows; before: Date } {
  const old = oldRows[table];
  const days = old === undefined ? null : daysOf(old, retention);
  if (old === undefined || days === null) throw new NotFound("table with a retention", table);
  return { old, before: daysAgo(days) };
}

function daysOf({ retained }: OldRows, retention: Retention): number | null {
  return retained === null ? 1 : retention[retained];
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}
