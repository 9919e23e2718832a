import type pg from "pg";
import type { ProgressKind, ProgressStatus } from "../domain/progress.js";

/** Open work of one kind in one status. */
export interface WorkCount {
  kind: ProgressKind | "emails";
  status: ProgressStatus;
  count: number;
}

export interface WorkCounts {
  /** Pieces of work that have not ended; single emails by the groups that are handled together. */
  work: WorkCount[];
  /** That wait for a person. */
  deadLetters: number;
}

/** @param tenantId null: of every tenant */
export async function countOpenWork(pool: pg.Pool, tenantId: string | null): Promise<WorkCounts> {
  const [work, deadLetters] = await Promise.all([
    pool.query<WorkCount>(
      `select kind, status, count(*)::float8 as count from progress_tracking
       where finished_at is null and ($1::text is null or tenant_id = $1) group by 1, 2
       union all
       select 'emails', case when claims = 0 then 'pending' else 'running' end, count(*)::float8 from email_groups
       where finished_at is null and ($1::text is null or tenant_id = $1) group by 1, 2
       order by 1, 2`,
      [tenantId],
    ),
    countDeadLetters(pool, tenantId),
  ]);
  return { work: work.rows, deadLetters };
}

/** Those that wait for a person. @param tenantId null: of every tenant */
export async function countDeadLetters(pool: pg.Pool, tenantId: string | null): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 as count from dead_letters
     where resolved_at is null and ($1::text is null or tenant_id = $1)`,
    [tenantId],
  );
  return rows[0]?.count ?? 0;
}
