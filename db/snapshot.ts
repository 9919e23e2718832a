import type pg from "pg";
import type { BatchGroup, SnapshotPage } from "../activities/campaign-ports.js";
import { buckets } from "../domain/ab-test.js";
import { nextBatchSize } from "../domain/batching.js";
import { NotFound } from "../domain/errors.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { sendStatusesBefore, type SendStatus } from "../domain/send-status.js";
import { transaction } from "./pool.js";
import { compileSegmentFilter } from "./segment-sql.js";

/** How many batches back the pace is measured: those of a few pages. */
const measuredBatches = 100;

interface SendRow {
  tenant_id: string;
  send_month: string;
  status: SendStatus;
  local_start: string | null;
  time_zone: string;
  snapshot_cursor: string;
  snapshot_done: boolean;
  recipients: string;
  batches: number;
  /** Null: everybody. */
  bucket_from: number | null;
  bucket_to: number | null;
  and_missed: boolean;
  list_id: string | null;
  filter: SegmentFilter | null;
}

/**
 * `SendStore.snapshotPage`: the next page of the audience becomes ledger rows and batches, and the cursor moves, in one
 * transaction under the send's row lock. Whoever repeats a call whose reply was lost goes on behind it.
 */
export async function snapshotPage(
  pool: pg.Pool,
  sendId: string,
  page: { contacts: number; batchSize: number },
): Promise<SnapshotPage> {
  return transaction(pool, async (client) => {
    const send = await lockSend(client, sendId);
    const ended = !sendStatusesBefore("cancelling").includes(send.status);
    if (send.snapshot_done || ended) return { groups: [], recipients: 0, done: true };
    const batchSize = nextBatchSize(page.batchSize, await measureBatches(client, sendId, send.batches));
    return takePage(client, { sendId, send, contacts: page.contacts, batchSize });
  });
}

/** The pace of the newest batches that one attempt finished; null when there is none. */
async function measureBatches(
  client: pg.PoolClient,
  sendId: string,
  batches: number,
): Promise<{ recipients: number; elapsedMs: number } | null> {
  const { rows } = await client.query<{ recipients: number | null; elapsedMs: number }>(
    `select sum(recipients)::int as recipients,
       (extract(epoch from sum(finished_at - claimed_at)) * 1000)::float8 as "elapsedMs"
     from campaign_send_batches
     where send_id = $1 and batch_no > $2 and claims = 1 and finished_at is not null`,
    [sendId, batches - measuredBatches],
  );
  const [row] = rows;
  return row && row.recipients !== null ? { recipients: row.recipients, elapsedMs: row.elapsedMs } : null;
}

async function lockSend(client: pg.PoolClient, sendId: string): Promise<SendRow> {
  const { rows } = await client.query<SendRow>(
    `select s.tenant_id, s.send_month, s.status, s.local_start, s.time_zone, s.snapshot_cursor, s.snapshot_done,
       s.recipients, s.batches, s.bucket_from, s.bucket_to, s.and_missed, c.list_id, g.filter
     from campaign_sends s
     join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
     left join segments g on g.segment_id = c.segment_id and g.tenant_id = s.tenant_id
     where s.send_id = $1
     for no key update of s`,
    [sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}

interface PageInput {
  sendId: string;
  send: SendRow;
  contacts: number;
  batchSize: number;
}

/** Batches are cut in contact order, within one due time; a batch of suppressed recipients only is born finished. */
async function takePage(client: pg.PoolClient, input: PageInput): Promise<SnapshotPage> {
  const { sendId, send, contacts, batchSize } = input;
  const values: unknown[] = [
    ...[sendId, send.tenant_id, send.send_month, send.snapshot_cursor, contacts],
    ...[send.recipients, send.batches, batchSize, send.local_start, send.time_zone],
  ];
  const { rows } = await client.query<{ done: boolean; recipients: number; groups: BatchGroup[] }>(
    `with page as materialized (
       ${audienceSql(send, values)}
     ), zones as materialized (
       -- A name that Postgres does not know would fail the page; read only for sends at local times.
       select lower(name) as zone, min(name) as name from pg_timezone_names
       where $9::timestamp is not null group by lower(name)
     ), marked as (
       select p.contact_id, p.email, s.reason as suppressed,
         $9::timestamp at time zone coalesce(z.name, $10::text) as due_at
       from page p
       left join zones z on z.zone = lower(p.time_zone)
       -- The limits pin the plan to key look-ups.
       left join lateral (
         (select reason from suppressions
          where value = p.email and kind = 'address' and tenant_id in ($2, '*') limit 1)
         union all
         (select reason from suppressions
          where value = p.domain and kind = 'domain' and tenant_id in ($2, '*') limit 1)
         limit 1
       ) s on true
     ), placed as (
       select marked.*, $6::int - 1 + row_number() over (order by due_at nulls first, contact_id) as position
       from marked
     ), inserted as (
       insert into email_sends
         (send_month, send_id, contact_id, tenant_id, position, email, due_at, status, reason, settled_at)
       select $3::date, $1::uuid, contact_id, $2, position, email, due_at,
         case when suppressed is null then 'pending' else 'suppressed' end, 'suppressed: ' || suppressed,
         case when suppressed is not null then now() end
       from placed order by position
       on conflict do nothing
       returning contact_id, position, due_at, status
     ), cut as (
       select inserted.*, (row_number() over (partition by due_at order by contact_id) - 1) / $8::int as chunk
       from inserted
     ), batches as (
       insert into campaign_send_batches
         (send_id, batch_no, tenant_id, from_contact, to_contact, first_position, recipients, due_at, failed, finished_at)
       select $1::uuid, $7::int + row_number() over (order by due_at nulls first, chunk), $2, min(contact_id),
         max(contact_id), min(position), count(*), due_at, count(*) filter (where status = 'suppressed'),
         case when bool_and(status = 'suppressed') then now() end
       from cut group by due_at, chunk
       returning batch_no, due_at, finished_at
     ), advanced as (
       update campaign_sends set
         snapshot_cursor = greatest(snapshot_cursor, (select max(contact_id) from page)),
         snapshot_done = (select count(*) from page) < $5,
         recipients = recipients + (select count(*) from inserted),
         batches = batches + (select count(*) from batches)
       where send_id = $1
       returning snapshot_done
     )
     select (select snapshot_done from advanced) as done, (select count(*)::int from inserted) as recipients,
       (select coalesce(json_agg(g order by g."dueAtMs" nulls first), '[]') from (
          select (extract(epoch from due_at) * 1000)::bigint as "dueAtMs", json_agg(batch_no order by batch_no) as "batchNos"
          from batches where finished_at is null group by due_at
        ) g) as groups`,
    values,
  );
  const [taken] = rows;
  if (!taken) throw new NotFound("send", sendId);
  return taken;
}

/** The audience behind the cursor, by contact id; a segment's parameters are added to `values`. */
function audienceSql(send: SendRow, values: unknown[]): string {
  const part = partSql(send, values);
  if (send.list_id !== null) {
    values.push(send.list_id);
    return `select c.contact_id, c.email, c.domain, c.time_zone
      from list_contacts l join contacts c on c.contact_id = l.contact_id and c.tenant_id = $2
      where l.list_id = $${values.length} and l.contact_id > $4 and c.contact_id > $4 and ${part}
      order by l.contact_id limit $5`;
  }
  if (send.filter === null) throw new NotFound("segment", "of the campaign");
  const filter = compileSegmentFilter(send.filter, values.length + 1, "c");
  values.push(...filter.params);
  return `select c.contact_id, c.email, c.domain, c.time_zone from contacts c
    where c.tenant_id = $2 and c.contact_id > $4 and (${filter.sql}) and ${part}
    order by c.contact_id limit $5`;
}

/**
 * The part of the audience that the send is for: a contact's bucket is a hash of its id and the campaign's, so that it is the
 * same in each send of a campaign and another in each campaign.
 */
function partSql(
  { bucket_from: from, bucket_to: to, and_missed: andMissed }: SendRow,
  values: unknown[],
): string {
  if (from === null || to === null) return "true";
  values.push(from, to);
  const campaign = "(select campaign_id from campaign_sends where send_id = $1)";
  const bucket = `('x' || left(md5(c.contact_id::text || ${campaign}), 7))::bit(28)::int % ${buckets}`;
  const inside = `${bucket} >= $${values.length - 1} and ${bucket} < $${values.length}`;
  if (!andMissed) return inside;
  return `(${inside} or not exists (
    select from campaign_sends o
    join email_sends r on r.send_month = o.send_month and r.send_id = o.send_id and r.contact_id = c.contact_id
    where o.campaign_id = ${campaign} and o.tenant_id = $2 and o.send_id <> $1))`;
}
