import { ids, type Fill } from "./ids.js";

const { graph, run, replay, notification, progress, send, email, list, bulk } = ids;

/** Pieces of work, and what they leave for people to look at. */
export const workRows: readonly Fill[] = [
  {
    table: "lead_imports",
    sql: `insert into lead_imports (import_id, tenant_id, file_url, mapping, list_id, status, rows_refused, created_at)
      select pg_temp.id(${ids.import}, g), case when g = 1 then 'big' else pg_temp.owner(g) end, '/data/' || g || '.csv',
        '{"col_0": "email"}', pg_temp.id(${list}, 1), 'completed', 0, pg_temp.at(g, $1 / 10)
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "lead_import_refusals",
    sql: `insert into lead_import_refusals (import_id, line, field, reason, raw)
      select pg_temp.id(${ids.import}, case when g % 2 = 0 then 1 else g / 1000 end), g, 'email', 'is not an address', 'nobody,Nobody'
      from generate_series(1, $1) g`,
  },
  {
    table: "exports",
    sql: `insert into exports (export_id, tenant_id, kind, raw, gzip, file_url, status, keep_days, created_at)
      select pg_temp.id(${ids.export}, g), pg_temp.owner(g), 'contacts', false, false, '/data/' || g || '.out', 'completed', 7,
        pg_temp.at(g, $1 / 10)
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "job_graphs",
    sql: `insert into job_graphs (graph_id, tenant_id, name, version, definition)
      select pg_temp.id(${graph}, g), 'big', case when g <= 100 then 'graph-' || g else 'graph-1' end, greatest(1, g - 99),
        '{"name": "graph", "jobs": []}'
      from generate_series(1, greatest(100, $1 / 1000)) g`,
  },
  {
    table: "job_graph_runs",
    sql: `insert into job_graph_runs (run_id, graph_id, graph_name, tenant_id, run_key, status, created_at, finished_at)
      select pg_temp.id(${run}, g), pg_temp.id(${graph}, case when g < 10 then 2 else 1 end),
        case when g < 10 then 'graph-2' else 'graph-1' end, 'big', 'run-' || g, 'completed', pg_temp.at(g, $1), now()
      from generate_series(1, $1) g`,
  },
  {
    table: "job_graph_jobs",
    sql: `insert into job_graph_jobs (run_id, job, ordinal, state)
      select pg_temp.id(${run}, g), 'wait', 1, 'succeeded' from generate_series(1, $1) g`,
  },
  {
    table: "dead_letters",
    sql: `insert into dead_letters (tenant_id, kind, send_id, contact_id, email_id, email_position, run_id, job, reason, attempts,
        created_at, resolved_at, resolution)
      select pg_temp.owner(g), case when last then 'job' else 'email.send' end,
        case when not last and g % 2 = 0 then pg_temp.id(${send}, 1) end, case when not last and g % 2 = 0 then g end,
        case when not last and g % 2 = 1 then pg_temp.id(${email}, g) end, case when not last and g % 2 = 1 then 0 end,
        case when last then pg_temp.id(${run}, g) end, case when last then 'wait' end,
        case when last then 'the job failed' else '451 4.3.0 try later' end, 3, pg_temp.at(g, $1),
        case when g % 5 = 0 then now() end, case when g % 5 = 0 then 'dismissed' end
      from generate_series(1, $1) g cross join lateral (select g > $1 - 10 as last) l`,
  },
  {
    table: "dead_letter_replays",
    sql: `insert into dead_letter_replays (replay_id, tenant_id, filter, status, per_second, items)
      select pg_temp.id(${replay}, g), pg_temp.owner(g), '{}', 'completed', 10, 1 from generate_series(1, $1 / 10) g`,
  },
  {
    table: "dead_letter_replay_items",
    sql: `insert into dead_letter_replay_items (replay_id, dead_letter_id, state)
      select pg_temp.id(${replay}, g / 10), g, 'replayed' from generate_series(1, $1) g`,
  },
  {
    table: "job_bulks",
    sql: `insert into job_bulks (bulk_id, tenant_id, action, filter, status, per_second, actor)
      select pg_temp.id(${bulk}, g), case when g = 1 then 'big' else pg_temp.owner(g) end, 'retry', '{}', 'completed', 10, 'somebody'
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "job_bulk_items",
    sql: `insert into job_bulk_items (bulk_id, item_no, tenant_id, kind, job_id, state)
      select pg_temp.id(${bulk}, 1), g, 'big', 'email.send', pg_temp.id(${email}, g)::text,
        -- The last ones.
        case when g > $1 - 10 then 'refused' else 'done' end
      from generate_series(1, $1) g`,
  },
  {
    table: "notifications",
    sql: `insert into notifications (notification_id, tenant_id, user_id, kind, subject_id, title, text, created_at, read_at)
      select pg_temp.id(${notification}, g), pg_temp.owner(g), case when g < 10 then 'rare' when g % 2 = 0 then 'often' else 'other' end,
        'import.completed', 'import', 'Import completed', '10 rows imported, none refused.', pg_temp.at(g, $1),
        case when g > 20 and g % 4 > 0 then now() end
      from generate_series(1, $1) g`,
  },
  {
    table: "notification_deliveries",
    sql: `insert into notification_deliveries (tenant_id, notification_id, user_id, channel, status, created_at, finished_at)
      select pg_temp.owner(g), pg_temp.id(${notification}, g),
        pg_temp.id(${ids.user}, case when g < 10 then 2 when g % 2 = 0 then 1 else 3 end),
        case when g < 10 then 'web_push' else 'email' end, case when g < 10 then 'failed' else 'sent' end, pg_temp.at(g, $1), now()
      from generate_series(1, $1) g`,
  },
  {
    table: "progress_tracking",
    sql: `insert into progress_tracking (id, tenant_id, user_id, kind, status, created_at, finished_at)
      select pg_temp.id(${progress}, g), pg_temp.owner(g), case when g < 10 then 'rare' when g % 2 = 0 then 'often' end, 'send',
        case when g < 10 then 'failed' else 'completed' end, pg_temp.at(g, $1), pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "maintenance_findings",
    sql: `insert into maintenance_findings (job, kind, subject_id, tenant_id, detail, action, last_seen_at)
      select 'consistency-check', 'counts-differ', g::text, pg_temp.owner(g), 'A detail', 'reported', pg_temp.at(g, $1 / 10)
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "audit_log",
    sql: `insert into audit_log (tenant_id, actor, action, subject, after, at, outcome)
      select pg_temp.owner(g), 'key:' || g % 7, case when g < 10 then 'keys.revoke' else 'contacts.upsert' end,
        case when g < 10 then 'rare' when g % 2 = 0 then 'often' else 'contact-' || g end, '{"contacts": 1}', pg_temp.at(g, $1), 'done'
      from generate_series(1, $1) g`,
  },
];
