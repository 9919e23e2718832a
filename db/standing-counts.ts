import type pg from "pg";

/** How much of something there is now. */
export interface StandingCount {
  what:
    | "work"
    | "dead-letters"
    | "findings"
    | "blacklists"
    | "warmups"
    | "reputation-gates"
    | "reputation-scores"
    | "webhooks"
    | "webhook-ages";
  /** Of work and of dead letters; of blacklists their zone; of findings the job that found them; of deliveries whether it is their `first` attempt. */
  kind: string;
  /**
   * Of gates none, warn, slow or stop; of scores bad (below 50), poor (below 70), good, or none.
   * Of work its status, of warmups `active`, `paused-by-person` or `paused-by-health`, of findings what was done; of dead letters `open`, or `purged` since ever; of deliveries `due`,
   * `waiting` or `kept`.
   */
  status: string;
  /** Of ages: seconds since the oldest one's event. */
  count: number;
}

/**
 * What operators watch: open work, dead letters, webhook deliveries, and what maintenance found within a day. Each by its
 * index.
 */
export async function countStanding(pool: pg.Pool): Promise<StandingCount[]> {
  const { rows } = await pool.query<StandingCount>(
    `with deliveries as materialized (
       select case when d.attempts = 0 then 'first' else 'again' end as kind,
         case when w.status <> 'active' then 'kept' when d.next_attempt_at <= now() then 'due' else 'waiting' end
           as status,
         count(*)::int as count, extract(epoch from now() - min(d.created_at))::int as age
       from webhook_deliveries d join webhook_endpoints w on w.webhook_id = d.webhook_id
       where d.status = 'pending' group by 1, 2
     )
     select 'work' as what, kind, status, count(*)::int as count
     from progress_tracking where finished_at is null group by kind, status
     union all
     select 'dead-letters', kind, 'open', count(*)::int from dead_letters where resolved_at is null group by kind
     union all
     select 'dead-letters', 'all', 'purged', coalesce(sum((after ->> 'purged')::int), 0)::int
     from audit_log where action = 'dead_letters.purge'
     union all
     select 'findings', job, action, count(*)::int
     from maintenance_findings where last_seen_at > now() - interval '1 day' group by job, action
     union all
     select 'blacklists', zone, status, count(distinct subject)::int from blacklist_standings group by zone, status
     union all
     select 'blacklists', zone, 'broken', (not bool_and(healthy))::int from blacklist_lists group by zone
     union all
     select 'warmups', kind, status || coalesce('-by-' || paused_by, ''), count(*)::int
     from warmups where ended_at is null group by 1, 2, 3
     union all
     select 'reputation-gates', kind, gate, count(*)::int
     from reputations where mailbox_provider = '' and kind <> 'mailbox-provider' group by kind, gate
     union all
     select 'reputation-scores', kind,
       case when score is null then 'none' when score < 50 then 'bad' when score < 70 then 'poor' else 'good' end, count(*)::int
     from reputations where mailbox_provider = '' group by 2, 3
     union all
     select 'webhooks', kind, status, count from deliveries
     union all
     select 'webhook-ages', kind, status, age from deliveries`,
  );
  return rows;
}
