import type pg from "pg";
import type { SendTotals } from "../activities/campaign-ports.js";
import { maxBatchSize } from "../domain/batching.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { settledRecipients, totalRecipients } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";
import { countLedger } from "./ledger-counts.js";
import { transaction } from "./pool.js";

/**
 * `SendStore.cancelRecipients`. Unfinished batches go first and are closed: they lead to the pending rows without
 * reading those that are settled. What was deferred by finished batches follows.
 */
export async function cancelRecipients(pool: pg.Pool, sendId: string, limit: number): Promise<number> {
  for (;;) {
    const { batches, cancelled } = await cancelBatches(pool, sendId, Math.ceil(limit / maxBatchSize));
    if (cancelled > 0) return cancelled;
    if (batches === 0) return cancelScattered(pool, sendId, limit);
  }
}

async function cancelBatches(
  pool: pg.Pool,
  sendId: string,
  limit: number,
): Promise<{ batches: number; cancelled: number }> {
  const { rows } = await pool.query<{ batches: number; cancelled: number }>(
    `with send as (
       select send_id, send_month, tenant_id from campaign_sends where send_id = $1
     ), b as (
       select batch_no, round, from_contact, to_contact, due_at, owner_token from campaign_send_batches
       where send_id = $1 and finished_at is null
       order by batch_no limit $2 for no key update
     ), cancelled as (
       update email_sends r set status = 'cancelled', reason = 'cancelled', settled_at = now()
       from send s, b
       where r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
         and r.contact_id between b.from_contact and b.to_contact
         and (b.round > 0 or r.due_at is not distinct from b.due_at) and r.status in ('pending', 'deferred')
       returning b.batch_no
     ), closed as (
       update campaign_send_batches set finished_at = now(), owner_token = null,
         failed = failed + (select count(*) from cancelled c where c.batch_no = campaign_send_batches.batch_no)
       from b
       where campaign_send_batches.send_id = $1 and campaign_send_batches.batch_no = b.batch_no
     )
     select (select count(*)::int from b) as batches, (select count(*)::int from cancelled) as cancelled`,
    [sendId, limit],
  );
  return rows[0] ?? { batches: 0, cancelled: 0 };
}

async function cancelScattered(pool: pg.Pool, sendId: string, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `with unsettled as materialized (
       select r.send_month, r.send_id, r.contact_id
       from campaign_sends s
       join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
       where s.send_id = $1 and r.status in ('pending', 'deferred')
       order by r.contact_id limit $2
     )
     update email_sends r set status = 'cancelled', reason = 'cancelled', settled_at = now()
     from unsettled u
     where r.send_month = u.send_month and r.send_id = u.send_id and r.contact_id = u.contact_id
       and r.status in ('pending', 'deferred')`,
    [sendId, limit],
  );
  return rowCount ?? 0;
}

interface SendRow {
  tenant_id: string;
  campaign_id: string;
  send_month: string;
  status: SendStatus;
  snapshot_done: boolean;
}

/**
 * `SendStore.finish`. A send that is closed already stays as it is and is counted again. One that is being cancelled can
 * only end as cancelled; a pause that came after the last recipient was settled has nothing left to hold back.
 *
 * @throws Conflict while a recipient is unsettled, while a send to be completed lacks a part of its snapshot, and for a
 * send that is to end as cancelled without having been told so.
 */
export async function finish(
  pool: pg.Pool,
  sendId: string,
  status: "completed" | "cancelled",
): Promise<SendTotals> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<SendRow>(
      `select tenant_id, campaign_id, send_month, status, snapshot_done from campaign_sends
       where send_id = $1 for no key update`,
      [sendId],
    );
    const send = rows[0];
    if (!send) throw new NotFound("send", sendId);
    const totals = await countLedger(client, {
      sendId,
      sendMonth: send.send_month,
      tenantId: send.tenant_id,
    });
    const to = endStatus(sendId, send, status);
    const unsettled = totalRecipients(totals.counts) - settledRecipients(totals.counts);
    if (unsettled > 0) {
      throw new Conflict(`${unsettled} recipients of send ${sendId} are not settled.`, {
        sendId,
        counts: totals.counts,
      });
    }
    await recordTotals(client, { sendId, tenantId: send.tenant_id, totals });
    if (to !== send.status)
      await close(client, { sendId, campaignId: send.campaign_id, tenantId: send.tenant_id, to });
    return totals;
  });
}

function endStatus(
  sendId: string,
  send: SendRow,
  wanted: "completed" | "cancelled",
): "completed" | "cancelled" {
  switch (send.status) {
    case "completed":
    case "cancelled":
      return send.status;
    case "cancelling":
      return "cancelled";
    case "sending":
    case "paused":
      if (wanted === "completed" && send.snapshot_done) return "completed";
      throw new Conflict(
        wanted === "completed"
          ? `The audience of send ${sendId} is not complete yet.`
          : `Send ${sendId} is ${send.status}; it must be cancelling to be cancelled.`,
        { sendId, status: send.status },
      );
    case "scheduled":
      throw new Conflict(`Send ${sendId} has not begun.`, { sendId, status: send.status });
  }
}

async function recordTotals(
  client: pg.PoolClient,
  { sendId, tenantId, totals }: { sendId: string; tenantId: string; totals: SendTotals },
): Promise<void> {
  const { counts } = totals;
  await client.query(
    `insert into campaign_analytics
       (send_id, tenant_id, recipients, sent, bounced, dead, suppressed, cancelled, unknown, possible_duplicates)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (send_id) do update set recipients = excluded.recipients, sent = excluded.sent,
       bounced = excluded.bounced, dead = excluded.dead, suppressed = excluded.suppressed,
       cancelled = excluded.cancelled, unknown = excluded.unknown,
       possible_duplicates = excluded.possible_duplicates, updated_at = now()`,
    [
      ...[
        sendId,
        tenantId,
        totalRecipients(counts),
        counts.sent,
        counts.bounced,
        counts.dead,
        counts.suppressed,
      ],
      ...[counts.cancelled, counts.unknown, totals.possibleDuplicates],
    ],
  );
}

/** The campaign ends with the last of its sends; a sequence ends when its workflow says so. */
async function close(
  client: pg.PoolClient,
  send: { sendId: string; campaignId: string; tenantId: string; to: "completed" | "cancelled" },
): Promise<void> {
  await client.query(
    `update campaign_sends set status = $2, paused_from = null, finished_at = now() where send_id = $1`,
    [send.sendId, send.to],
  );
  await client.query(
    `update campaigns set status = $3, updated_at = now()
     where campaign_id = $1 and tenant_id = $2 and kind = 'broadcast' and not exists (
       select from campaign_sends where campaign_id = $1 and status in ('scheduled', 'sending', 'paused', 'cancelling'))`,
    [send.campaignId, send.tenantId, send.to],
  );
}
