import type { Retained } from "../domain/retention.js";
import { keptMs } from "../domain/trends.js";

/**
 * Old rows of one table. `{before}` is the time before which rows are old, `{firstId}` the smallest UUIDv7 of it, which leads
 * to old rows by the primary key; a delete takes at most `{limit}`.
 */
export interface OldRows {
  /** Null: a day, whatever is configured. */
  retained: Retained | null;
  count: string;
  delete: string;
  rowsOfPage?: number;
}

const oldGroups = "g.group_id < {firstId} and g.finished_at < {before}";
const oldImports = "i.finished_at < {before}";

/** One whose file stands is kept until the file has gone. */
const oldExports = "e.status in ('expired', 'cancelled', 'failed') and e.finished_at < {before}";
const oldUpdates = `u.recorded_at < {before}
  and not exists (select from progress_tracking p where p.id = u.id and p.sequence = u.sequence)`;

/** What still waits, for its endpoint or for a person, is kept. */
const oldWebhookEvents = `e.created_at < {before} and e.relayed_at is not null and not exists (
    select from webhook_deliveries d left join dead_letters l on l.delivery_id = d.delivery_id and l.resolved_at is null
    where d.event_id = e.event_id and (d.status = 'pending' or l.delivery_id is not null))`;

/** One that a later run has taken up stays as long as that. */
const oldGraphRuns = `r.finished_at < {before}
  and not exists (select from job_graph_runs n where n.resumed_from = r.run_id)`;

/** Minutes of processes are needed only until the series have them; who has not told them for a day will not. */
const countedLongAgo = "minute < now() - interval '1 day'";
const seriesLongAgo = `(resolution = 'minute' and at < now() - interval '${keptMs.minute} milliseconds'
  or resolution = 'hour' and at < now() - interval '${keptMs.hour} milliseconds' or at < {before})`;

/** Rows of one table of which each says by itself that it is old; `key` leads to it. */
function aged(
  table: string,
  isOld: string,
  { key = "ctid", ...kept }: Pick<OldRows, "retained" | "rowsOfPage"> & { key?: string },
): OldRows {
  return {
    ...kept,
    count: `select count(*) from ${table} where ${isOld}`,
    delete: `delete from ${table} where ${key} = any (array(select ${key} from ${table} where ${isOld} limit {limit}))`,
  };
}

/** In the order in which they are emptied. */
export const oldRows: Record<string, OldRows> = {
  email_events: {
    retained: "events",
    count: "select count(*) from email_events where occurred_at < {before}",
    // Ids grow with time: the first page holds the oldest, and when none of it is old, nothing is.
    delete: `
      with page as (select event_id, occurred_at from email_events order by event_id limit {limit})
      delete from email_events e using page p where e.event_id = p.event_id and p.occurred_at < {before}`,
  },
  email_engagements: aged("email_engagements", "send_id < {firstId} and first_at < {before}", {
    retained: "events",
  }),
  email_returns: aged("email_returns", "returned_at < {before}", { retained: "events" }),
  inbound_raw: aged("inbound_raw", "received_at < {before}", {
    retained: "returned",
    key: "report_id",
    rowsOfPage: 200,
  }),
  blacklist_changes: aged("blacklist_changes", "happened_at < {before}", {
    retained: "events",
    key: "change_id",
  }),
  domain_checks: aged(
    "domain_checks",
    "seen_at < {before} and exists (select from domain_checks n where n.tenant_id = domain_checks.tenant_id and n.domain = domain_checks.domain and n.check_id > domain_checks.check_id)",
    { retained: "events", key: "check_id" },
  ),
  // With their records, of which one may have tens of thousands.
  dmarc_reports: aged("dmarc_reports", "ends_at < {before}", {
    retained: "dmarc",
    key: "report_id",
    rowsOfPage: 20,
  }),
  inbound_reports: aged("inbound_reports", "received_at < {before}", {
    retained: "events",
    key: "report_id",
  }),
  emails: {
    retained: "emails",
    count: `select count(*) from email_groups g join emails e on e.group_id = g.group_id where ${oldGroups}`,
    // Whole groups with all that hangs on them; nobody can retry what is gone.
    delete: `
      with old as materialized (
        select g.group_id from email_groups g where ${oldGroups} order by g.group_id limit {limit} for update skip locked
      ), recipients as (
        delete from email_recipients r using old where r.group_id = old.group_id
      ), gone as (
        delete from emails e using old where e.group_id = old.group_id returning e.email_id
      ), letters as (
        update dead_letters d set resolved_at = now(), resolution = 'dismissed'
        from gone where d.email_id = gone.email_id and d.resolved_at is null
      )
      delete from email_groups g using old where g.group_id = old.group_id`,
    rowsOfPage: 500,
  },
  lead_import_refusals: {
    retained: "imports",
    count: `select count(*) from lead_imports i join lead_import_refusals r on r.import_id = i.import_id where ${oldImports}`,
    delete: `
      delete from lead_import_refusals where ctid = any (array(
        select r.ctid from lead_imports i join lead_import_refusals r on r.import_id = i.import_id
        where ${oldImports} limit {limit}))`,
  },
  lead_imports: {
    retained: "imports",
    count: `select count(*) from lead_imports i where ${oldImports}`,
    delete: `
      delete from lead_imports where import_id = any (array(
        select i.import_id from lead_imports i where ${oldImports} limit {limit}))`,
    rowsOfPage: 50,
  },
  exports: {
    retained: "exports",
    count: `select count(*) from exports e where ${oldExports}`,
    delete: `
      delete from exports where export_id = any (array(select e.export_id from exports e where ${oldExports} limit {limit}))`,
  },
  campaign_send_batches: {
    retained: "ledger",
    count: `
      select count(*) from campaign_sends s join campaign_send_batches b on b.send_id = s.send_id
      where s.ledger_dropped_at is not null`,
    delete: `
      delete from campaign_send_batches where ctid = any (array(
        select b.ctid from campaign_sends s join campaign_send_batches b on b.send_id = s.send_id
        where s.ledger_dropped_at is not null limit {limit}))`,
  },
  dead_letters: aged("dead_letters", "resolved_at < {before}", {
    retained: "dead-letters",
    key: "dead_letter_id",
  }),
  // With their items.
  dead_letter_replays: aged("dead_letter_replays", "finished_at < {before}", {
    retained: "dead-letters",
    key: "replay_id",
    rowsOfPage: 10,
  }),
  // With their items.
  job_bulks: aged("job_bulks", "finished_at < {before}", {
    retained: "dead-letters",
    key: "bulk_id",
    rowsOfPage: 10,
  }),
  // Longer than any job is listed, so that none comes back.
  job_removals: aged("job_removals", "removed_at < {before}", { retained: "ledger" }),
  webhook_events: {
    retained: "webhooks",
    count: `select count(*) from webhook_events e where ${oldWebhookEvents}`,
    // With their deliveries and attempts.
    delete: `
      delete from webhook_events where event_id = any (array(
        select e.event_id from webhook_events e where ${oldWebhookEvents} order by e.event_id limit {limit}))`,
    rowsOfPage: 1_000,
  },
  // Long after the last time that a provider repeats what it told.
  callback_events: aged("callback_events", "received_at < {before}", { retained: "reports" }),
  job_graph_runs: {
    retained: "graphs",
    count: `select count(*) from job_graph_runs r where ${oldGraphRuns}`,
    delete: `
      with old as materialized (select r.run_id from job_graph_runs r where ${oldGraphRuns} limit {limit}
      ), jobs as (
        delete from job_graph_jobs j using old where j.run_id = old.run_id
      )
      delete from job_graph_runs r using old where r.run_id = old.run_id`,
    rowsOfPage: 100,
  },
  notifications: aged("notifications", "created_at < {before}", {
    retained: "reports",
    key: "notification_id",
  }),
  // Answers of requests that may be repeated: nobody is answered from an older one.
  idempotency_keys: aged("idempotency_keys", "created_at < {before}", { retained: null }),
  // What was told while it went on is of use for a day; how it ended stays as long as its row.
  progress_updates: {
    retained: null,
    count: `select count(*) from progress_updates u where ${oldUpdates}`,
    delete: `
      delete from progress_updates where ctid = any (array(
        select u.ctid from progress_updates u where ${oldUpdates} limit {limit}))`,
  },
  progress_tracking: aged("progress_tracking", "finished_at < {before}", {
    retained: "reports",
    key: "id",
    rowsOfPage: 500,
  }),
  worker_processes: aged("worker_processes", "seen_at < {before}", { retained: "reports", key: "worker_id" }),
  delivery_hours: aged("delivery_hours", "hour < {before}", { retained: "trends" }),
  warmup_mailbox_hours: aged("warmup_mailbox_hours", "hour < {before}", { retained: "trends" }),
  reputation_days: aged("reputation_days", "day < {before}", { retained: "trends" }),
  // Of what has not sent for so long, and holds nothing.
  reputations: aged(
    "reputations",
    "coalesce(calculated_at, gate_since) < {before} and gate_since < {before} and score is null and gate = 'none'",
    { retained: "trends", key: "reputation_id" },
  ),
  // No day is longer than that, in any time zone.
  allowance_days: aged("allowance_days", "day < now() - interval '3 days'", { retained: null }),
  // With what was done with them.
  warmup_messages: aged("warmup_messages", "created_at < {before}", {
    retained: "trends",
    key: "message_id",
  }),
  work_minutes: aged("work_minutes", countedLongAgo, { retained: "trends" }),
  throughput_minutes: aged("throughput_minutes", countedLongAgo, { retained: "trends" }),
  queue_series: aged("queue_series", seriesLongAgo, { retained: "trends" }),
  throughput_series: aged("throughput_series", seriesLongAgo, { retained: "trends" }),
  // Open ones stay.
  alerts: aged("alerts", "cleared_at < {before}", { retained: "trends", key: "alert_id" }),
  alert_history: aged("alert_history", "at < {before}", { retained: "trends", key: "history_id" }),
  maintenance_findings: aged("maintenance_findings", "last_seen_at < {before}", { retained: "reports" }),
};
