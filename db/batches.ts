import type pg from "pg";
import type { Batch, BatchClaim, BatchCounts, SendContext } from "../activities/delivery-ports.js";
import { NotFound, OwnershipLost } from "../domain/errors.js";

/** A batch in the hands of one attempt. */
export interface BatchOwner {
  send: SendContext;
  batch: Batch;
  token: string;
}

/**
 * The rows that are a batch's to settle, given its row as `b` and the ledger's as `r`. A retry round owns what was
 * deferred before its batches were made; what it defers again is left to the next round.
 */
export const unsettledOfBatch = `
  r.contact_id between b.from_contact and b.to_contact
  and case when b.round = 0
    then r.status = 'pending' and r.due_at is not distinct from b.due_at
    else r.status = 'deferred' and r.settled_at < b.created_at end`;

interface ClaimRow {
  round: number;
  from_contact: string;
  to_contact: string;
  first_position: number;
  recipients: number;
  due_at: Date | null;
  previous_token: string | null;
}

/** `Ledger.claimBatch`. @throws NotFound when there is no such batch. */
export async function claimBatch(
  pool: pg.Pool,
  { sendId, batchNo, token }: { sendId: string; batchNo: number; token: string },
): Promise<BatchClaim | null> {
  const { rows } = await pool.query<ClaimRow>({
    name: "claim-batch",
    text: `
      with before as (
        select send_id, batch_no, owner_token from campaign_send_batches
        where send_id = $1 and batch_no = $2 and finished_at is null
        for no key update
      )
      update campaign_send_batches b set owner_token = $3, claimed_at = now(), claims = b.claims + 1
      from before
      where b.send_id = before.send_id and b.batch_no = before.batch_no
      returning b.round, b.from_contact, b.to_contact, b.first_position, b.recipients, b.due_at,
        before.owner_token as previous_token`,
    values: [sendId, batchNo, token],
  });
  const row = rows[0];
  if (!row) {
    await requireBatch(pool, sendId, batchNo);
    return null;
  }
  const batch: Batch = {
    sendId,
    batchNo,
    round: row.round,
    fromContact: row.from_contact,
    toContact: row.to_contact,
    firstPosition: row.first_position,
    recipients: row.recipients,
    dueAt: row.due_at?.toISOString() ?? null,
  };
  return { batch, previousToken: row.previous_token };
}

/** A batch that never was must not pass for a finished one. */
async function requireBatch(pool: pg.Pool, sendId: string, batchNo: number): Promise<void> {
  const { rowCount } = await pool.query(
    "select 1 from campaign_send_batches where send_id = $1 and batch_no = $2",
    [sendId, batchNo],
  );
  if (rowCount === 0) throw new NotFound("batch", `${batchNo} of send ${sendId}`);
}

/** `Ledger.releaseBatch`. Counts the rows that the batch has dealt with: in a retry round, those settled since its batches were made. */
export async function releaseBatch(pool: pg.Pool, { send, batch, token }: BatchOwner): Promise<BatchCounts> {
  const { rows } = await pool.query<BatchCounts>({
    name: "release-batch",
    text: `
      with b as (
        select send_id, batch_no, round, from_contact, to_contact, due_at, created_at from campaign_send_batches
        where send_id = $2 and batch_no = $4 and owner_token = $5 for no key update
      ), counted as (
        select
          count(*) filter (where r.status = 'sent')::int as sent,
          count(*) filter (where r.status = 'deferred' and (b.round = 0 or r.settled_at >= b.created_at))::int as deferred,
          count(*) filter (where r.status not in ('pending', 'deferred', 'sent'))::int as failed,
          count(*) filter (where ${unsettledOfBatch})::int as pending,
          min(r.settled_at) filter (where r.status = 'sent') as first_sent_at
        from b join email_sends r on r.send_month = $1 and r.send_id = $2 and r.tenant_id = $3
          and r.contact_id between $6 and $7
          and case when b.round = 0
            then r.due_at is not distinct from b.due_at
            else r.status = 'deferred' or r.settled_at >= b.created_at end
      ), released as (
        update campaign_send_batches set owner_token = null, sent = c.sent, deferred = c.deferred, failed = c.failed,
          finished_at = case when c.pending = 0 then now() end
        from b, counted c
        where campaign_send_batches.send_id = b.send_id and campaign_send_batches.batch_no = b.batch_no
        returning c.sent, c.deferred, c.failed, c.pending
      ), first_mail as (
        update campaign_sends s set first_sent_at = c.first_sent_at from b, counted c
        where s.send_id = b.send_id and s.first_sent_at is null and c.first_sent_at is not null
      )
      select sent, deferred, failed, pending from released`,
    values: [
      ...[
        send.sendMonth,
        send.sendId,
        send.tenantId,
        batch.batchNo,
        token,
        batch.fromContact,
        batch.toContact,
      ],
    ],
  });
  const counts = rows[0];
  if (!counts) throw new OwnershipLost(send.sendId, batch.batchNo);
  return counts;
}
