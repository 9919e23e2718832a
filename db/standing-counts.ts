import type pg from "pg";

/** How much of something there is now. */
export interface StandingCount {
  what: "work" | "dead-letters" | "findings";
  /** Of work and of dead letters; of findings the job that found them. */
  kind: string;
  /** Of work its status, of findings what was done; of dead letters `open`, or `purged` since ever. */
  status: string;
  count: number;
}

/** What operators watch: open work, dead letters, and what maintenance found within a day. Each by its index. */
export async function countStanding(pool: pg.Pool): Promise<StandingCount[]> {
  const { rows } = await pool.query<StandingCount>(
    `select 'work' as what, kind, status, count(*)::int as count
     from progress_tracking where finished_at is null group by kind, status
     union all
     select 'dead-letters', kind, 'open', count(*)::int from dead_letters where resolved_at is null group by kind
     union all
     select 'dead-letters', 'all', 'purged', coalesce(sum((after ->> 'purged')::int), 0)::int
     from audit_log where action = 'dead_letters.purge'
     union all
     select 'findings', job, action, count(*)::int
     from maintenance_findings where last_seen_at > now() - interval '1 day' group by job, action`,
  );
  return rows;
}
