import type pg from "pg";
import type { ResolveUnknown } from "../activities/campaign-ports.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { resolved } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";

/**
 * `SendStore.resolveUnknown`. A recipient said to be sent keeps the time of its attempt. One to be sent again counts as
 * settled now, so that it belongs to the next retry round and to none that runs. The figures of the batch that recorded it
 * follow when that batch is finished (one that is not counts anew when it is released), and those of a closed send do.
 *
 * @throws Conflict for a send that is or is being cancelled.
 */
export async function resolveUnknown(
  pool: pg.Pool,
  sendId: string,
  { as, contactIds }: ResolveUnknown,
): Promise<number> {
  const { status, reason } = resolved[as];
  const { rows } = await pool.query<{ status: SendStatus; resolved: number }>(
    `with send as (
       select send_id, send_month, tenant_id, status from campaign_sends where send_id = $1 for no key update
     ), held as (
       select r.contact_id, r.due_at, r.settled_at
       from send s join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
       where r.status = 'unknown' and ($4::bigint[] is null or r.contact_id = any ($4))
         and s.status not in ('cancelling', 'cancelled')
     ), resolved as (
       update email_sends r set status = $2, reason = $3,
         attempts = case when $2 = 'deferred' then 0 else r.attempts end,
         possible_duplicate = r.possible_duplicate or $2 = 'deferred',
         settled_at = case when $2 = 'deferred' then clock_timestamp() else r.settled_at end
       from send s, held h
       where r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
         and r.contact_id = h.contact_id and r.status = 'unknown'
       returning r.contact_id, h.due_at, h.settled_at
     ), recorded as (
       select b.batch_no, count(*) as recipients
       from resolved r
       cross join lateral (
         select batch_no from campaign_send_batches
         where send_id = $1 and r.contact_id between from_contact and to_contact
           and case when round = 0 then due_at is not distinct from r.due_at else created_at <= r.settled_at end
         order by batch_no desc limit 1
       ) b
       group by b.batch_no
     ), batches as (
       update campaign_send_batches b set failed = b.failed - c.recipients,
         sent = b.sent + case when $2 = 'sent' then c.recipients else 0 end,
         deferred = b.deferred + case when $2 = 'deferred' then c.recipients else 0 end
       from recorded c
       where b.send_id = $1 and b.batch_no = c.batch_no and b.finished_at is not null
     ), analytics as (
       update campaign_analytics a set unknown = a.unknown - c.recipients,
         sent = a.sent + case when $2 = 'sent' then c.recipients else 0 end, updated_at = now()
       from send s, (select count(*) as recipients from resolved) c
       where a.send_id = s.send_id and s.status = 'completed' and c.recipients > 0
     )
     select s.status, (select count(*) from resolved)::int + (
         select count(*)::int from email_sends r
         where r.send_month = s.send_month and r.send_id = $1 and r.tenant_id = s.tenant_id
           and r.status = $2 and r.reason = $3 and ($4::bigint[] is null or r.contact_id = any ($4))
       ) as resolved
     from send s`,
    [sendId, status, reason, contactIds ?? null],
  );
  const send = rows[0];
  if (!send) throw new NotFound("send", sendId);
  if (send.status === "cancelling" || send.status === "cancelled") {
    throw new Conflict(`Send ${sendId} is ${send.status}: its unknown recipients cannot be resolved.`, {
      sendId,
    });
  }
  return send.resolved;
}
