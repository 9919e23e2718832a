import { ids, type Fill } from "./ids.js";

const { campaign, send, version, template, list, email } = ids;

/** Which send the nth recipient is of: half of all are of the first, a tenth of the second. */
const sendOf = `case when g % 2 = 0 then 1 when g % 10 = 1 then 2 else 3 + g % 997 end`;

/** What is sent, and what became of it. */
export const mailRows: readonly Fill[] = [
  {
    table: "templates",
    sql: `insert into templates (template_id, tenant_id, name, latest_version)
      select pg_temp.id(${template}, g), case when g = 1 then 'big' else pg_temp.owner(g) end, 'template-' || g, 1
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "template_versions",
    sql: `insert into template_versions (template_version_id, template_id, tenant_id, version, subject, html, text)
      select pg_temp.id(${version}, g), pg_temp.id(${template}, 1), 'big', g, 'Hello', '<p>' || repeat('text ', 200) || '</p>',
        repeat('text ', 200) from generate_series(1, $1 / 100) g`,
  },
  {
    table: "campaigns",
    sql: `insert into campaigns (campaign_id, tenant_id, name, template_version_id, list_id, from_email, lane, status, created_at,
        kind)
      select pg_temp.id(${campaign}, g), case when g <= 10 then 'big' else pg_temp.owner(g) end, 'Campaign ' || g,
        pg_temp.id(${version}, 1), pg_temp.id(${list}, 1), 'news@big.example', 'campaign-standard',
        case when g <= 10 then 'draft' else 'completed' end, pg_temp.at(g, $1 / 10),
        case g % 3 when 0 then 'broadcast' when 1 then 'sequence' else 'ab-test' end
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "campaign_sends",
    sql: `insert into campaign_sends (send_id, tenant_id, campaign_id, run_key, send_month, template_version_id, status,
        snapshot_done, recipients, started_at, finished_at, created_at)
      select pg_temp.id(${send}, g), case when g <= 1000 then 'big' else pg_temp.owner(g) end,
        -- A thousand are runs of one campaign.
        pg_temp.id(${campaign}, case when g % 2 = 0 and g <= 2000 then 3 else g end), 'run-' || g,
        date_trunc('month', now() - (g % 6) * interval '1 month')::date, pg_temp.id(${version}, 1), 'completed',
        true, 0, pg_temp.at(g, $1 / 10), pg_temp.at(g, $1 / 10), pg_temp.at(g, $1 / 10)
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "partitions of email_sends",
    sql: `select ensure_email_sends_partition(date_trunc('month', now() - m * interval '1 month')::date)
      from generate_series(0, 5) m`,
  },
  {
    table: "email_sends",
    sql: `insert into email_sends (send_month, send_id, contact_id, tenant_id, position, email, status, attempts, reply_code,
        reason, node_id, settled_at)
      select date_trunc('month', now() - (s.n % 6) * interval '1 month')::date, pg_temp.id(${send}, s.n), g, 'big', g,
        'reader' || g || '@gmail.example',
        -- The last ones by contact.
        case when g > $1 - 10 then 'dead' when g % 100 = 0 then 'bounced' else 'sent' end, 1, 250, '2.0.0 OK', 'node-1', now()
      from generate_series(1, $1) g cross join lateral (select ${sendOf} as n) s`,
  },
  {
    table: "email_returns",
    sql: `insert into email_returns (send_id, contact_id, tenant_id, email, bounce_class, diagnostic, returned_at)
      select pg_temp.id(${send}, s.n), g, 'big', 'reader' || g || '@gmail.example', 'soft', 'Mailbox full', now()
      from generate_series(1, $1) g cross join lateral (select ${sendOf} as n) s
      where g % 20 = 0 and s.n = 1 or g > $1 - 10`,
  },
  {
    table: "campaign_analytics",
    sql: `insert into campaign_analytics (send_id, tenant_id, recipients, sent)
      select send_id, tenant_id, 1, 1 from campaign_sends`,
  },
  {
    table: "campaign_analytics_daily",
    sql: `insert into campaign_analytics_daily (tenant_id, day, campaign_id, recipients, sent)
      select pg_temp.owner(g), (now() - (g % 1000) * interval '1 day')::date, pg_temp.id(${campaign}, g / 1000), 1, 1
      from generate_series(1, $1) g`,
  },
  {
    table: "tenant_analytics_daily",
    sql: `insert into tenant_analytics_daily
      select tenant_id, (now() - d * interval '1 day')::date, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
      from tenants cross join generate_series(0, 1000) d`,
  },
  {
    table: "email_groups",
    sql: `insert into email_groups (group_id, tenant_id, lane, on_unknown, emails, recipients, created_at, finished_at)
      select pg_temp.id(${email}, g), pg_temp.owner(g), case when g < 10 then 'campaign-standard' else 'priority-high' end, 'resend', 1, 1, pg_temp.at(g, $1), pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "emails",
    sql: `insert into emails (email_id, group_id, tenant_id, campaign_id, template_version_id, from_email, track_opens,
        track_clicks, bulk, on_missing_variable, created_at)
      select pg_temp.id(${email}, g), pg_temp.id(${email}, g), pg_temp.owner(g),
        case when g < 10 then pg_temp.id(${campaign}, 2) when g % 2 = 0 then pg_temp.id(${campaign}, 1) end,
        pg_temp.id(${version}, 1), 'news@big.example', false, false, false, 'empty', pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "email_recipients",
    sql: `insert into email_recipients (group_id, position, email_id, tenant_id, kind, email, status, attempts, settled_at)
      select pg_temp.id(${email}, g), 0, pg_temp.id(${email}, g), pg_temp.owner(g), 'to',
        -- Half of them go to one address.
        case when g % 2 = 1 then 'often@reader.example' else 'reader' || g || '@gmail.example' end,
        -- The oldest ones, newest first, are found last; a tenth wait as dead letters (work-rows.ts), but the fifth, which was dismissed.
        case when g in (3, 5) then 'dead' when g < 10 then 'bounced' when g % 10 = 1 then 'dead' else 'sent' end, 1, pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "email_events",
    sql: `insert into email_events (tenant_id, send_id, contact_id, kind, occurred_at)
      select 'big', pg_temp.id(${send}, 1), g, case when g % 3 = 0 then 'click' else 'open' end, pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "sequences",
    sql: `insert into sequences (campaign_id, tenant_id, rules, status, created_at)
      select campaign_id, tenant_id, '{"steps": [{"kind": "email"}], "exits": []}', 'running', created_at
      from campaigns where kind = 'sequence'`,
  },
  {
    table: "sequence_enrollments",
    sql: `insert into sequence_enrollments (campaign_id, contact_id, tenant_id, planned_for, due_at, enrolled_at)
      select pg_temp.id(${campaign}, case when g % 2 = 0 then 1 else 1 + 3 * (g % 100) end), g, 'big', now(), now(), now()
      from generate_series(1, $1) g`,
  },
  {
    table: "sequence_step_results",
    sql: `insert into sequence_step_results (campaign_id, contact_id, step, tenant_id, result, decided_at)
      select pg_temp.id(${campaign}, case when g % 2 = 0 then 1 else 1 + 3 * (g % 100) end), g, 1, 'big', 'sent', now()
      from generate_series(1, $1) g`,
  },
  {
    table: "ab_tests",
    sql: `insert into ab_tests (campaign_id, tenant_id, rules, status, created_at)
      select campaign_id, tenant_id, '{"metric": "opens", "share": 0.2, "hours": 4}', 'draft', created_at
      from campaigns where kind = 'ab-test'`,
  },
  {
    table: "ab_test_variants",
    sql: `insert into ab_test_variants (campaign_id, variant, tenant_id, name, template_version_id)
      select campaign_id, v, tenant_id, 'Variant ' || v, pg_temp.id(${version}, 1)
      from ab_tests cross join generate_series(1, 2) v`,
  },
];
