import type pg from "pg";
import type { CleanupStore } from "../activities/recurring-ports.js";
import { NotFound } from "../domain/errors.js";
import { firstUuidOf } from "../domain/recurring.js";
import type { Retained, Retention } from "../domain/retention.js";
import { dropPartition, findOldPartitions } from "./ledger-partitions.js";

/**
 * Old rows of one table. In both statements $1 is the time before which rows are old, $2 the smallest UUIDv7 of it, which
 * leads to old rows by the primary key; the delete takes at most $3.
 */
interface OldRows {
  retained: Retained;
  count: string;
  delete: string;
  rowsOfPage?: number;
}

/** Rows of one small delete: some milliseconds, so that nobody waits for its locks. */
const defaultPage = 5_000;

const oldGroups = "g.group_id < $2::uuid and g.finished_at < $1";
const oldImports = "i.finished_at < $1 and $2::uuid is not null";

/** One whose file stands is kept until the file has gone. */
const oldExports =
  "e.status in ('expired', 'cancelled', 'failed') and e.finished_at < $1 and $2::uuid is not null";
const oldUpdates = `u.recorded_at < now() - interval '1 day' and $1::timestamptz is not null and $2::uuid is not null
  and not exists (select from progress_tracking p where p.id = u.id and p.sequence = u.sequence)`;

/** What still waits, for its endpoint or for a person, is kept. */
const oldWebhookEvents = `e.created_at < $1 and e.relayed_at is not null and $2::uuid is not null and not exists (
    select from webhook_deliveries d left join dead_letters l on l.delivery_id = d.delivery_id and l.resolved_at is null
    where d.event_id = e.event_id and (d.status = 'pending' or l.delivery_id is not null))`;

/** In the order in which they are emptied. */
const oldRows: Record<string, OldRows> = {
  email_events: {
    retained: "events",
    count: "select count(*) from email_events where occurred_at < $1 and $2::uuid is not null",
    // Ids grow with time: the first page holds the oldest, and when none of it is old, nothing is.
    delete: `
      with page as (select event_id, occurred_at from email_events where $2::uuid is not null order by event_id limit $3)
      delete from email_events e using page p where e.event_id = p.event_id and p.occurred_at < $1`,
  },
  email_engagements: {
    retained: "events",
    count: "select count(*) from email_engagements where send_id < $2::uuid and first_at < $1",
    delete: `
      delete from email_engagements where ctid = any (array(
        select ctid from email_engagements where send_id < $2::uuid and first_at < $1 limit $3))`,
  },
  emails: {
    retained: "emails",
    count: `select count(*) from email_groups g join emails e on e.group_id = g.group_id where ${oldGroups}`,
    // Whole groups with all that hangs on them; nobody can retry what is gone.
    delete: `
      with old as materialized (
        select g.group_id from email_groups g where ${oldGroups} order by g.group_id limit $3 for update skip locked
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
        where ${oldImports} limit $3))`,
  },
  lead_imports: {
    retained: "imports",
    count: `select count(*) from lead_imports i where ${oldImports}`,
    delete: `
      delete from lead_imports where import_id = any (array(
        select i.import_id from lead_imports i where ${oldImports} limit $3))`,
    rowsOfPage: 50,
  },
  exports: {
    retained: "exports",
    count: `select count(*) from exports e where ${oldExports}`,
    delete: `
      delete from exports where export_id = any (array(select e.export_id from exports e where ${oldExports} limit $3))`,
  },
  campaign_send_batches: {
    retained: "ledger",
    count: `
      select count(*) from campaign_sends s join campaign_send_batches b on b.send_id = s.send_id
      where s.ledger_dropped_at is not null and $1::timestamptz is not null and $2::uuid is not null`,
    delete: `
      delete from campaign_send_batches where ctid = any (array(
        select b.ctid from campaign_sends s join campaign_send_batches b on b.send_id = s.send_id
        where s.ledger_dropped_at is not null and $1::timestamptz is not null and $2::uuid is not null limit $3))`,
  },
  dead_letters: {
    retained: "dead-letters",
    count: "select count(*) from dead_letters where resolved_at < $1 and $2::uuid is not null",
    delete: `
      delete from dead_letters where dead_letter_id = any (array(
        select dead_letter_id from dead_letters where resolved_at < $1 and $2::uuid is not null limit $3))`,
  },
  dead_letter_replays: {
    retained: "dead-letters",
    count: "select count(*) from dead_letter_replays where finished_at < $1 and $2::uuid is not null",
    // With their items.
    delete: `
      delete from dead_letter_replays where replay_id = any (array(
        select replay_id from dead_letter_replays where finished_at < $1 and $2::uuid is not null limit $3))`,
    rowsOfPage: 10,
  },
  webhook_events: {
    retained: "webhooks",
    count: `select count(*) from webhook_events e where ${oldWebhookEvents}`,
    // With their deliveries and attempts.
    delete: `
      delete from webhook_events where event_id = any (array(
        select e.event_id from webhook_events e where ${oldWebhookEvents} order by e.event_id limit $3))`,
    rowsOfPage: 1_000,
  },
  // What was told while it went on is of use for a day; how it ended stays as long as its row.
  progress_updates: {
    retained: "reports",
    count: `select count(*) from progress_updates u where ${oldUpdates}`,
    delete: `
      delete from progress_updates where ctid = any (array(
        select u.ctid from progress_updates u where ${oldUpdates} limit $3))`,
  },
  progress_tracking: {
    retained: "reports",
    count: "select count(*) from progress_tracking where finished_at < $1 and $2::uuid is not null",
    delete: `
      delete from progress_tracking where id = any (array(
        select id from progress_tracking where finished_at < $1 and $2::uuid is not null limit $3))`,
    rowsOfPage: 500,
  },
  queue_samples: {
    retained: "reports",
    count: "select count(*) from queue_samples where sampled_at < $1 and $2::uuid is not null",
    delete: `
      delete from queue_samples where ctid = any (array(
        select ctid from queue_samples where sampled_at < $1 and $2::uuid is not null limit $3))`,
  },
  maintenance_findings: {
    retained: "reports",
    count: "select count(*) from maintenance_findings where last_seen_at < $1 and $2::uuid is not null",
    delete: `
      delete from maintenance_findings where ctid = any (array(
        select ctid from maintenance_findings where last_seen_at < $1 and $2::uuid is not null limit $3))`,
  },
};

export function createCleanupStore(pool: pg.Pool, retention: Retention): CleanupStore {
  return {
    tables: () =>
      Object.entries(oldRows)
        .filter(([, { retained }]) => retention[retained] !== null)
        .map(([table]) => table),

    async countOld(table) {
      const { old, before } = find(table, retention);
      const { rows } = await pool.query<{ count: string }>(old.count, [before, firstUuidOf(before)]);
      return Number(rows[0]?.count ?? 0);
    },

    async deleteOld(table) {
      const { old, before } = find(table, retention);
      const limit = old.rowsOfPage ?? defaultPage;
      const { rowCount } = await pool.query(old.delete, [before, firstUuidOf(before), limit]);
      return rowCount ?? 0;
    },

    findOldPartitions: async () =>
      retention.ledger === null ? [] : findOldPartitions(pool, daysAgo(retention.ledger)),
    dropPartition: (partition) => dropPartition(pool, partition),
  };
}

function find(table: string, retention: Retention): { old: OldRows; before: Date } {
  const old = oldRows[table];
  const days = old === undefined ? null : retention[old.retained];
  if (old === undefined || days === null) throw new NotFound("table with a retention", table);
  return { old, before: daysAgo(days) };
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}
