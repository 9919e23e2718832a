import type pg from "pg";
import type { BatchGroup, SendPlan, SendProgress, SendStore } from "../activities/campaign-ports.js";
import { InvalidInput, NotFound } from "../domain/errors.js";
import type { Lane } from "../domain/lanes.js";
import { sendStatusesBefore, type SendStatus } from "../domain/send-status.js";
import { cancelRecipients, finish } from "./closing.js";
import { startLate } from "./late-starts.js";
import { planRetryRound, reviveDead } from "./retry-rounds.js";
import { snapshotPage } from "./snapshot.js";
import { resolveUnknown } from "./unknown-recipients.js";

/** The facts that steer a send, in Postgres. */
export function createSendStore(pool: pg.Pool): SendStore {
  return {
    loadPlan: (sendId) => loadPlan(pool, sendId),
    snapshotPage: (sendId, page) => snapshotPage(pool, sendId, page),
    unfinishedBatches: (sendId) => unfinishedBatches(pool, sendId),
    abandonedBatches: (sendId) => abandonedBatches(pool, sendId),
    planRetryRound: (sendId, round) => planRetryRound(pool, sendId, round),
    transition: (sendId, to) => transition(pool, sendId, to),
    startLate: (sendId, lateMs) => startLate(pool, sendId, lateMs),
    resume: (sendId) => resume(pool, sendId),
    setRate: (sendId, perSecond) => setRate(pool, sendId, perSecond),
    cancelRecipients: (sendId, limit) => cancelRecipients(pool, sendId, limit),
    reviveDead: (sendId) => reviveDead(pool, sendId),
    resolveUnknown: (sendId, choice) => resolveUnknown(pool, sendId, choice),
    loadProgress: (sendId) => loadProgress(pool, sendId),
    finish: (sendId, status) => finish(pool, sendId, status),
  };
}

interface PlanRow {
  tenant_id: string;
  campaign_id: string;
  campaign_name: string;
  lane: Lane;
  status: SendStatus;
  start_at_ms: number | null;
  local_start: string | null;
  snapshot_done: boolean;
  retry_round: number;
  per_second: number | null;
}

async function loadPlan(pool: pg.Pool, sendId: string): Promise<SendPlan> {
  // UTC+14 is the earliest time zone there is: wherever its recipients live, a local start begins there at the latest.
  const { rows } = await pool.query<PlanRow>(
    `select s.tenant_id, s.campaign_id, c.name as campaign_name, c.lane, s.status, s.local_start, s.snapshot_done,
       s.retry_round, s.per_second,
       (extract(epoch from coalesce(s.local_start::timestamp at time zone interval '14:00', s.scheduled_at)) * 1000)
         ::float8 as start_at_ms
     from campaign_sends s
     join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
     where s.send_id = $1`,
    [sendId],
  );
  const row = rows[0];
  if (!row) throw new NotFound("send", sendId);
  return {
    sendId,
    tenantId: row.tenant_id,
    campaignId: row.campaign_id,
    campaignName: row.campaign_name,
    lane: row.lane,
    status: row.status,
    startAtMs: row.start_at_ms,
    localStart: row.local_start !== null,
    snapshotDone: row.snapshot_done,
    retryRound: row.retry_round,
    perSecond: row.per_second,
  };
}

async function unfinishedBatches(pool: pg.Pool, sendId: string): Promise<BatchGroup[]> {
  const { rows } = await pool.query<BatchGroup>(
    `select (extract(epoch from due_at) * 1000)::float8 as "dueAtMs", array_agg(batch_no order by batch_no) as "batchNos"
     from campaign_send_batches
     where send_id = $1 and finished_at is null
     group by due_at order by due_at nulls first`,
    [sendId],
  );
  return rows;
}

/** The campaign follows a send that goes (back) to sending; its end is written by `finish`. */
async function transition(pool: pg.Pool, sendId: string, to: SendStatus): Promise<SendStatus> {
  const { rows } = await pool.query<{ status: SendStatus }>(
    `with before as (
       select send_id, status from campaign_sends where send_id = $1 and status = any ($3) for no key update
     ), moved as (
       update campaign_sends s set status = $2,
         paused_from = case when $2 = 'paused' then before.status end,
         started_at = case when $2 = 'sending' then coalesce(s.started_at, now()) else s.started_at end,
         finished_at = case when $2 in ('completed', 'cancelled') then now() end
       from before where s.send_id = before.send_id
       returning s.campaign_id, s.tenant_id, s.status
     ), campaign as (
       update campaigns c set status = 'sending', updated_at = now() from moved m
       where c.campaign_id = m.campaign_id and c.tenant_id = m.tenant_id and m.status = 'sending' and c.status <> 'sending'
         and c.kind = 'broadcast'
     )
     select status from moved`,
    [sendId, to, sendStatusesBefore(to)],
  );
  return rows[0]?.status ?? loadStatus(pool, sendId);
}

async function resume(pool: pg.Pool, sendId: string): Promise<SendStatus> {
  const { rows } = await pool.query<{ status: SendStatus }>(
    `update campaign_sends set status = coalesce(paused_from, 'sending'), paused_from = null
     where send_id = $1 and status = 'paused'
     returning status`,
    [sendId],
  );
  return rows[0]?.status ?? loadStatus(pool, sendId);
}

async function loadStatus(pool: pg.Pool, sendId: string): Promise<SendStatus> {
  const { rows } = await pool.query<{ status: SendStatus }>(
    "select status from campaign_sends where send_id = $1",
    [sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0].status;
}

async function setRate(pool: pg.Pool, sendId: string, perSecond: number | null): Promise<void> {
  if (perSecond !== null && !(perSecond > 0 && Number.isFinite(perSecond))) {
    throw new InvalidInput([
      { field: "perSecond", problem: "must be above zero, or null for no rate of its own" },
    ]);
  }
  const { rowCount } = await pool.query("update campaign_sends set per_second = $2 where send_id = $1", [
    sendId,
    perSecond,
  ]);
  if (rowCount === 0) throw new NotFound("send", sendId);
}

/**
 * `SendStore.loadProgress`. Adds up what the batches counted when they were released. A retry round takes its rows from what earlier rounds
 * deferred, so they leave that sum; revived rows go from failed back to deferred. A closed send has exact counts.
 */
export async function loadProgress(pool: pg.Pool, sendId: string): Promise<SendProgress> {
  const { rows } = await pool.query<SendProgress>(
    `with b as (
       select coalesce(sum(sent), 0) as sent, coalesce(sum(failed), 0) as failed, coalesce(sum(deferred), 0) as deferred,
         coalesce(sum(sent + deferred + failed) filter (where round > 0), 0) as retried
       from campaign_send_batches where send_id = $1
     )
     select s.status, s.recipients::float8 as recipients, s.snapshot_done as "snapshotDone",
       coalesce(a.sent, b.sent)::float8 as sent,
       case when a.send_id is not null then 0 else greatest(0, b.deferred + s.revived - b.retried) end::float8 as deferred,
       coalesce(a.recipients - a.sent, greatest(0, b.failed - s.revived))::float8 as failed
     from campaign_sends s
     cross join b
     left join campaign_analytics a on a.send_id = s.send_id and s.status in ('completed', 'cancelled')
     where s.send_id = $1`,
    [sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}

async function abandonedBatches(pool: pg.Pool, sendId: string): Promise<number[]> {
  const { rows } = await pool.query<{ batch_no: number }>(
    `select batch_no from campaign_send_batches
     where send_id = $1 and owner_token is not null and finished_at is null
     order by batch_no`,
    [sendId],
  );
  return rows.map((row) => row.batch_no);
}
