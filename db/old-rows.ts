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

function ofTrends(table: string, isOld: string): OldRows {
  return {
    retained: "trends",
    count: `select count(*) from ${table} where ${isOld}`,
    delete: `delete from ${table} where ctid = any (array(select ctid from ${table} where ${isOld} limit {limit}))`,
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
  email_engagements: {
    retained: "events",
    count: "select count(*) from email_engagements where send_id < {firstId} and first_at < {before}",
    delete: `
      delete from email_engagements where ctid = any (array(
        select ctid from email_engagements where send_id < {firstId} and first_at < {before} limit {limit}))`,
  },
  email_returns: {
    retained: "events",
    count: "select count(*) from email_returns where returned_at < {before}",
    delete: `
      delete from email_returns where ctid = any (array(
        select ctid from email_returns where returned_at < {before} limit {limit}))`,
  },
  inbound_raw: {
    retained: "returned",
    count: "select count(*) from inbound_raw where received_at < {before}",
    delete: `
      delete from inbound_raw where report_id = any (array(
        select report_id from inbound_raw where received_at < {before} limit {limit}))`,
    rowsOfPage: 200,
  },
  inbound_reports: {
    retained: "events",
    count: "select count(*) from inbound_reports where received_at < {before}",
    delete: `
      delete from inbound_reports where report_id = any (array(
        select report_id from inbound_reports where received_at < {before} limit {limit}))`,
  },
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
  dead_letters: {
    retained: "dead-letters",
    count: "select count(*) from dead_letters where resolved_at < {before}",
    delete: `
      delete from dead_letters where dead_letter_id = any (array(
        select dead_letter_id from dead_letters where resolved_at < {before} limit {limit}))`,
  },
  dead_letter_replays: {
    retained: "dead-letters",
    count: "select count(*) from dead_letter_replays where finished_at < {before}",
    // With their items.
    delete: `
      delete from dead_letter_replays where replay_id = any (array(
        select replay_id from dead_letter_replays where finished_at < {before} limit {limit}))`,
    rowsOfPage: 10,
  },
  job_bulks: {
    retained: "dead-letters",
    count: "select count(*) from job_bulks where finished_at < {before}",
    // With their items.
    delete: `
      delete from job_bulks where bulk_id = any (array(
        select bulk_id from job_bulks where finished_at < {before} limit {limit}))`,
    rowsOfPage: 10,
  },
  // Longer than any job is listed, so that none comes back.
  job_removals: {
    retained: "ledger",
    count: "select count(*) from job_removals where removed_at < {before}",
    delete: `
      delete from job_removals where ctid = any (array(
        select ctid from job_removals where removed_at < {before} limit {limit}))`,
  },
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
  callback_events: {
    retained: "reports",
    count: "select count(*) from callback_events where received_at < {before}",
    delete: `
      delete from callback_events where ctid = any (array(
        select ctid from callback_events where received_at < {before} limit {limit}))`,
  },
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
  notifications: {
    retained: "reports",
    count: "select count(*) from notifications where created_at < {before}",
    delete: `
      delete from notifications where notification_id = any (array(
        select notification_id from notifications where created_at < {before} limit {limit}))`,
  },
  // Answers of requests that may be repeated: nobody is answered from an older one.
  idempotency_keys: {
    retained: null,
    count: "select count(*) from idempotency_keys where created_at < {before}",
    delete: `
      delete from idempotency_keys where ctid = any (array(
        select ctid from idempotency_keys where created_at < {before} limit {limit}))`,
  },
  // What was told while it went on is of use for a day; how it ended stays as long as its row.
  progress_updates: {
    retained: null,
    count: `select count(*) from progress_updates u where ${oldUpdates}`,
    delete: `
      delete from progress_updates where ctid = any (array(
        select u.ctid from progress_updates u where ${oldUpdates} limit {limit}))`,
  },
  progress_tracking: {
    retained: "reports",
    count: "select count(*) from progress_tracking where finished_at < {before}",
    delete: `
      delete from progress_tracking where id = any (array(
        select id from progress_tracking where finished_at < {before} limit {limit}))`,
    rowsOfPage: 500,
  },
  worker_processes: {
    retained: "reports",
    count: "select count(*) from worker_processes where seen_at < {before}",
    delete: `
      delete from worker_processes where worker_id = any (array(
        select worker_id from worker_processes where seen_at < {before} limit {limit}))`,
  },
  work_minutes: ofTrends("work_minutes", countedLongAgo),
  throughput_minutes: ofTrends("throughput_minutes", countedLongAgo),
  queue_series: ofTrends("queue_series", seriesLongAgo),
  throughput_series: ofTrends("throughput_series", seriesLongAgo),
  maintenance_findings: {
    retained: "reports",
    count: "select count(*) from maintenance_findings where last_seen_at < {before}",
    delete: `
      delete from maintenance_findings where ctid = any (array(
        select ctid from maintenance_findings where last_seen_at < {before} limit {limit}))`,
  },
};
