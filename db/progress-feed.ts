import type pg from "pg";
import type { Progress } from "../domain/progress.js";
import { progressColumns } from "./progress.js";

export interface ProgressFeed {
  /** True when updates behind that number may be gone, or when it was never given. */
  isGap(tenantId: string, after: number): Promise<boolean>;
  /** How work stands, what goes on first, and the number up to which it is told by that. */
  readStandings(query: StandingsQuery): Promise<{ standings: Progress[]; sequence: number }>;
}

export interface StandingsQuery {
  tenantId: string;
  user?: string | undefined;
  id?: string | undefined;
  limit: number;
}

export function createProgressFeed(pool: pg.Pool): ProgressFeed {
  return {
    isGap: (tenantId, after) => isGap(pool, tenantId, after),
    readStandings: (query) => readStandings(pool, query),
  };
}

/**
 * Updates are kept for a day at least (`db/old-rows`); numbers are in the order of commits, times in that of beginnings, and
 * an hour is more than lies between. Numbers may have holes, so that only a recent row shows that nothing behind it is gone.
 */
async function isGap(pool: pg.Pool, tenantId: string, after: number): Promise<boolean> {
  const { rows } = await pool.query<{ gap: boolean }>(
    `select $2::float8 > q.last or $2::float8 < q.last
       and not exists (
         select from progress_updates u
         where u.tenant_id = $1 and u.sequence = $2::bigint and u.recorded_at > now() - interval '23 hours')
       and $2::float8 < coalesce((
         select u.sequence from progress_updates u
         where u.tenant_id = $1 and u.recorded_at > now() - interval '23 hours' order by u.sequence limit 1
       ), q.last + 1) - 1 as gap
     from (select coalesce(max(last_sequence), 0) as last from progress_sequences where tenant_id = $1) q`,
    [tenantId, after],
  );
  return rows[0]?.gap ?? true;
}

type StandingRow = { [Name in keyof Progress]: Progress[Name] | null } & { through: number };

/** One statement, one snapshot: the number and the rows belong together. */
async function readStandings(
  pool: pg.Pool,
  { tenantId, user, id, limit }: StandingsQuery,
): Promise<{ standings: Progress[]; sequence: number }> {
  const { rows } = await pool.query<StandingRow>(
    `select p.*, q.last::float8 as through
     from (select coalesce(max(last_sequence), 0) as last from progress_sequences where tenant_id = $1) q
     left join lateral (
       select ${progressColumns} from progress_tracking p
       where p.tenant_id = $1 and p.sequence > 0
         and ($2::text is null or p.user_id = $2) and ($3::uuid is null or p.id = $3)
       order by p.finished_at is not null, p.updated_at desc limit $4
     ) p on true`,
    [tenantId, user ?? null, id ?? null, limit],
  );
  const standings = rows.flatMap(({ through: _, ...row }) => (row.id === null ? [] : [row as Progress]));
  return { standings, sequence: rows[0]?.through ?? 0 };
}
