import type pg from "pg";

/** What share of a tenant's mail came to nothing good since yesterday began (UTC). */
export interface TenantShare {
  tenantId: string;
  /** Of what was sent: refused or returned because there is no such address. 0 to 1. */
  bounced: number;
  /** Of what was accepted: 0 to 1. */
  complained: number;
}

/** One complaint of three mails says nothing about a tenant. */
const fewestMails = 100;
/** A series each: the worst ones only. */
const mostTenants = 200;

/** Tenants that have sent enough to tell, the worst first. Campaigns count once they have ended, single emails at once. */
export async function loadTenantShares(pool: pg.Pool): Promise<TenantShare[]> {
  const { rows } = await pool.query<TenantShare>(
    `with since as (
       select date_trunc('day', now() at time zone 'UTC')::date - 1 as day,
         (date_trunc('day', now() at time zone 'UTC') - interval '1 day') at time zone 'UTC' as at
     ), facts as (
       select tenant_id, case kind when 'complaint' then 'complained' when 'bounced' then 'refused' else kind end as what,
         count
       from email_analytics, since
       where email_analytics.day >= since.day and kind in ('sent', 'bounced', 'complaint')
       union all
       select a.tenant_id, ended.what, ended.count
       from since, campaign_sends s join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = s.tenant_id
       cross join lateral (values ('sent', a.sent), ('refused', a.bounced)) as ended (what, count)
       where s.finished_at >= since.at
       union all
       select tenant_id, 'returned', count(*) from email_returns, since
       where returned_at >= since.at and bounce_class = 'hard' group by 1
       union all
       select e.tenant_id, 'complained', count(*)
       from since, email_events e join campaign_sends s on s.send_id = e.send_id and s.tenant_id = e.tenant_id
       where e.occurred_at >= since.at and e.kind = 'complaint' group by 1
     ), tenants as (
       -- What came back had been accepted: it is part of what was sent.
       select tenant_id, coalesce(sum(count) filter (where what in ('sent', 'refused')), 0)::float8 as mails,
         coalesce(sum(count) filter (where what = 'sent'), 0)::float8 as sent,
         coalesce(sum(count) filter (where what in ('refused', 'returned')), 0)::float8 as bounced,
         coalesce(sum(count) filter (where what = 'complained'), 0)::float8 as complained
       from facts group by tenant_id
     )
     select tenant_id as "tenantId", bounced / mails as bounced,
       complained / greatest(sent, 1) as complained
     from tenants where mails >= $1
     order by greatest(bounced / mails / 0.05, complained / greatest(sent, 1) / 0.001) desc, tenant_id
     limit $2`,
    [fewestMails, mostTenants],
  );
  return rows;
}
