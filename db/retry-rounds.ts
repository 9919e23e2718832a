import type pg from "pg";
import type { BatchGroup } from "../activities/campaign-ports.js";
import { maxBatchSize } from "../domain/batching.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { resolved } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";
import { transaction } from "./pool.js";

/**
 * `SendStore.planRetryRound`: cuts everything that is deferred now into batches of a round, once per send and round. The
 * positions of a retry batch have gaps, so its journal may be longer than its recipients are many.
 */
export async function planRetryRound(pool: pg.Pool, sendId: string, round: number): Promise<BatchGroup[]> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      "select 1 from campaign_sends where send_id = $1 for no key update",
      [sendId],
    );
    if (rowCount === 0) throw new NotFound("send", sendId);
    return (await loadRound(client, sendId, round)) ?? cutRound(client, sendId, round);
  });
}

/** The round's unfinished batches; null when the round has not been cut. */
async function loadRound(client: pg.PoolClient, sendId: string, round: number): Promise<BatchGroup[] | null> {
  const { rows } = await client.query<{ batch_no: number; finished: boolean }>(
    `select batch_no, finished_at is not null as finished from campaign_send_batches
     where send_id = $1 and round = $2 order by batch_no`,
    [sendId, round],
  );
  if (rows.length === 0) return null;
  return toGroups(rows.filter((row) => !row.finished).map((row) => row.batch_no));
}

async function cutRound(client: pg.PoolClient, sendId: string, round: number): Promise<BatchGroup[]> {
  // The clock is read once and after the lock: exactly what was deferred before it belongs to the round's batches.
  const { rows } = await client.query<{ batch_no: number }>(
    `with cut_at as materialized (
       select clock_timestamp() as now
     ), deferred as (
       select r.contact_id, r.position, (row_number() over (order by r.contact_id) - 1) / $3::int as chunk
       from campaign_sends s
       join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
       where s.send_id = $1 and r.status = 'deferred' and r.settled_at < (select now from cut_at)
     ), batches as (
       insert into campaign_send_batches
         (send_id, batch_no, tenant_id, round, from_contact, to_contact, first_position, recipients, created_at)
       select $1, s.batches + d.chunk + 1, s.tenant_id, $2, min(d.contact_id), max(d.contact_id), min(d.position),
         count(*), (select now from cut_at)
       from deferred d, campaign_sends s
       where s.send_id = $1
       group by d.chunk, s.batches, s.tenant_id
       returning batch_no
     ), advanced as (
       update campaign_sends set batches = batches + (select count(*) from batches),
         retry_round = greatest(retry_round, $2)
       where send_id = $1
     )
     select batch_no from batches order by batch_no`,
    [sendId, round, maxBatchSize],
  );
  return toGroups(rows.map((row) => row.batch_no));
}

function toGroups(batchNos: number[]): BatchGroup[] {
  return batchNos.length === 0 ? [] : [{ dueAtMs: null, batchNos }];
}

/**
 * `SendStore.reviveDead`. The rows count as settled now, so that they belong to the next round and to none that runs.
 * Those revived before and not tried since are counted too: a call repeated after a lost reply gives the same answer.
 * Recipients that `resolveUnknown` deferred are not among them.
 *
 * @throws Conflict for a send that is or is being cancelled.
 */
export async function reviveDead(pool: pg.Pool, sendId: string): Promise<number> {
  const { rows } = await pool.query<{ status: SendStatus; revived: number }>(
    `with send as (
       select send_id, send_month, tenant_id, status from campaign_sends where send_id = $1 for no key update
     ), revived as (
       update email_sends r set status = 'deferred', attempts = 0, settled_at = clock_timestamp()
       from send s
       where r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id and r.status = 'dead'
         and s.status not in ('cancelling', 'cancelled')
       returning r.contact_id
     ), letters as (
       update dead_letters d set resolved_at = now(), resolution = 'retried'
       from revived r, send s
       where d.send_id = $1 and d.tenant_id = s.tenant_id and d.contact_id = r.contact_id and d.resolved_at is null
     ), counted as (
       update campaign_sends set revived = revived + (select count(*) from revived)
       where send_id = $1 and exists (select from revived)
     )
     select s.status, (select count(*) from revived)::int + (
         select count(*)::int from email_sends r
         where r.send_month = s.send_month and r.send_id = $1 and r.tenant_id = s.tenant_id
           and r.status = 'deferred' and r.attempts = 0 and r.reason is distinct from $2
       ) as revived
     from send s`,
    [sendId, resolved.resend.reason],
  );
  const send = rows[0];
  if (!send) throw new NotFound("send", sendId);
  if (send.status === "cancelling" || send.status === "cancelled") {
    throw new Conflict(`Send ${sendId} is ${send.status}: its dead recipients cannot be retried.`, {
      sendId,
    });
  }
  return send.revived;
}
