import type pg from "pg";
import { transaction } from "./pool.js";

const counts = [
  "recipients",
  "sent",
  "bounced",
  "dead",
  "suppressed",
  "returned",
  "opens",
  "unique_opens",
  "clicks",
  "unique_clicks",
  "unsubscribes",
  "complaints",
];

/** Names of counts by what was counted: an event's kind, its first time, or a recipient's status. */
const kindOfCount: Record<string, string> = {
  opens: "open",
  clicks: "click",
  unsubscribes: "unsubscribe",
  complaints: "complaint",
};

/**
 * Writes one day (UTC) of `campaign_analytics_daily` and `tenant_analytics_daily` anew, all or nothing. What recipients did
 * counts on the day they did it, what became of recipients on the day their send ended.
 * @returns campaigns that had anything on that day
 */
export async function aggregateDay(pool: pg.Pool, day: string): Promise<number> {
  return transaction(pool, async (client) => {
    // Two at once would both delete, and both insert.
    await client.query("select pg_advisory_xact_lock(hashtext('daily-analytics'))");
    await client.query("delete from campaign_analytics_daily where day = $1", [day]);
    await client.query("delete from tenant_analytics_daily where day = $1", [day]);
    const { rowCount } = await client.query(insertCampaigns, [day]);
    await client.query(
      `insert into tenant_analytics_daily (tenant_id, day, ${counts.join(", ")})
       select tenant_id, day, ${counts.map((name) => `sum(${name})`).join(", ")}
       from campaign_analytics_daily where day = $1 group by tenant_id, day`,
      [day],
    );
    return rowCount ?? 0;
  });
}

const ofDay = (column: string): string =>
  `${column} >= $1::date::timestamp at time zone 'UTC' and ${column} < ($1::date + 1)::timestamp at time zone 'UTC'`;

const insertCampaigns = `
  insert into campaign_analytics_daily (tenant_id, day, campaign_id, ${counts.join(", ")})
  select tenant_id, $1::date, campaign_id,
    ${counts.map((name) => `coalesce(sum(count) filter (where kind = '${kindOfCount[name] ?? name}'), 0)`).join(", ")}
  from (
    select tenant_id, campaign_id, kind, count from email_analytics where day = $1
    union all
    -- Every recipient of a single email ends in one status, and is counted then.
    select tenant_id, campaign_id, 'recipients', count from email_analytics
    where day = $1 and kind in ('sent', 'bounced', 'dead', 'suppressed', 'cancelled', 'unknown')
    union all
    select s.tenant_id, s.campaign_id, e.kind, count(*)
    from email_events e join campaign_sends s on s.send_id = e.send_id and s.tenant_id = e.tenant_id
    where ${ofDay("e.occurred_at")} group by 1, 2, 3
    union all
    select s.tenant_id, s.campaign_id, 'unique_' || g.kind || 's', count(*)
    from email_engagements g join campaign_sends s on s.send_id = g.send_id
    where ${ofDay("g.first_at")} and g.kind in ('open', 'click') group by 1, 2, 3
    union all
    select t.tenant_id, coalesce(s.campaign_id, m.campaign_id, '00000000-0000-0000-0000-000000000000'), 'returned', count(*)
    from email_returns t
    left join campaign_sends s on s.send_id = t.send_id and s.tenant_id = t.tenant_id
    left join emails m on m.email_id = t.send_id and m.tenant_id = t.tenant_id
    where ${ofDay("t.returned_at")} group by 1, 2, 3
    union all
    select s.tenant_id, s.campaign_id, ended.kind, ended.count
    from campaign_sends s
    join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = s.tenant_id
    cross join lateral (values ('recipients', a.recipients), ('sent', a.sent), ('bounced', a.bounced), ('dead', a.dead),
      ('suppressed', a.suppressed)) as ended (kind, count)
    where ${ofDay("s.finished_at")}
  ) facts
  group by tenant_id, campaign_id`;
