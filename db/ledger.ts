import type pg from "pg";
import type { Batch, Ledger, Recipient, SendContext } from "../activities/delivery-ports.js";
import { InvalidInput, OwnershipLost } from "../domain/errors.js";
import type { Settlement } from "../domain/outcome.js";
import type { RecipientStatus } from "../domain/recipient-status.js";
import { tellSettled } from "./webhook-outbox.js";
import { claimBatch, releaseBatch, unsettledOfBatch, type BatchOwner } from "./batches.js";

/** The ledger in Postgres: claims, loads, settles and releases batches; a settled recipient costs one row update. */
export function createLedger(pool: pg.Pool): Ledger {
  return {
    claimBatch: (sendId, batchNo, token) => claimBatch(pool, { sendId, batchNo, token }),
    loadRecipients: (send, batch) => loadRecipients(pool, send, batch),
    markPossibleDuplicates: (send, contactIds) => markPossibleDuplicates(pool, send, contactIds),
    settle: (send, batch, token, settlements) => settle(pool, { send, batch, token, settlements }),
    releaseBatch: (send, batch, token) => releaseBatch(pool, { send, batch, token }),
  };
}

interface RecipientRow {
  contact_id: string;
  position: number;
  email: string;
  domain: string;
  status: RecipientStatus;
  attempts: number;
  possible_duplicate: boolean;
  suppressed: boolean;
  first_name: string | null;
  last_name: string | null;
  name: string | null;
  attributes: Record<string, unknown> | null;
}

/**
 * A contact deleted since the snapshot counts as suppressed. The lateral joins with their limits pin the plan to key
 * look-ups: without them a ledger without statistics can make the planner hash all contacts for one batch.
 */
async function loadRecipients(pool: pg.Pool, send: SendContext, batch: Batch): Promise<Recipient[]> {
  const { rows } = await pool.query<RecipientRow>({
    name: "load-recipients",
    text: `
      select r.contact_id, r.position, r.email, split_part(r.email, '@', -1) as domain, r.status, r.attempts,
        r.possible_duplicate, c.first_name, c.last_name, c.name, c.attributes,
        c.attributes is null or s.kind is not null as suppressed
      from campaign_send_batches b
      join email_sends r on r.send_id = b.send_id and r.tenant_id = b.tenant_id
      left join lateral (
        select first_name, last_name, name, attributes from contacts
        where contact_id = r.contact_id and tenant_id = $4 limit 1
      ) c on true
      left join lateral (
        (select kind from suppressions where value = r.email and kind = 'address' and tenant_id in ($4, '*') limit 1)
        union all
        (select kind from suppressions
         where value = split_part(r.email, '@', -1) and kind = 'domain' and tenant_id in ($4, '*') limit 1)
        limit 1
      ) s on true
      where b.send_id = $2 and b.batch_no = $3
        and r.send_month = $1 and r.send_id = $2 and r.contact_id between $5 and $6
        and ${unsettledOfBatch}
      order by r.contact_id`,
    values: [send.sendMonth, send.sendId, batch.batchNo, send.tenantId, batch.fromContact, batch.toContact],
  });
  return rows.map(toRecipient);
}

function toRecipient(row: RecipientRow): Recipient {
  const variables: Record<string, unknown> = { ...row.attributes, email: row.email };
  // A field that is not known is left out, so that a template's rule for missing variables sees it as missing.
  if (row.first_name !== null) variables.first_name = row.first_name;
  if (row.last_name !== null) variables.last_name = row.last_name;
  if (row.name !== null) variables.name = row.name;
  return {
    contactId: row.contact_id,
    position: row.position,
    email: row.email,
    domain: row.domain,
    status: row.status,
    attempts: row.attempts,
    possibleDuplicate: row.possible_duplicate,
    suppressed: row.suppressed,
    variables,
  };
}

async function markPossibleDuplicates(
  pool: pg.Pool,
  send: SendContext,
  contactIds: string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ contact_id: string }>(
    `update email_sends set possible_duplicate = true
     where send_month = $1 and send_id = $2 and tenant_id = $3 and contact_id = any ($4::bigint[])
       and status in ('pending', 'deferred')
     returning contact_id`,
    [send.sendMonth, send.sendId, send.tenantId, contactIds],
  );
  return rows.map((row) => row.contact_id);
}

const tellCampaignSettled = tellSettled({
  tenantId: "$3",
  emailId: "null::uuid",
  sendId: "$2::uuid",
  campaignId: "$16::uuid",
  contactId: "s.contact_id",
  place: "s.contact_id",
});

async function settle(
  pool: pg.Pool,
  { send, batch, token, settlements }: BatchOwner & { settlements: Settlement[] },
): Promise<void> {
  if (settlements.length === 0) return;
  if (settlements.some(({ status }) => status === "pending")) {
    throw new InvalidInput([{ field: "settlements", problem: "a recipient cannot be settled as pending" }]);
  }
  const { rows } = await pool.query<{ owned: boolean }>({
    name: "settle",
    text: `
      with b as (
        -- Locked: a takeover either comes before and empties this set, or waits until the group is written.
        select round, from_contact, to_contact, due_at, created_at from campaign_send_batches
        where send_id = $2 and batch_no = $4 and owner_token = $5 for no key update
      ), settled as (
        update email_sends r set status = i.status, attempts = i.attempts, reason = i.reason,
          reply_code = i.reply_code, enhanced_code = i.enhanced_code, reply_text = i.reply_text, node_id = i.node_id,
          possible_duplicate = r.possible_duplicate or i.possible_duplicate, settled_at = now()
        from b, unnest($8::bigint[], $9::text[], $10::smallint[], $11::text[], $12::smallint[], $13::text[],
          $14::text[], $15::boolean[], $17::text[])
          as i (contact_id, status, attempts, reason, reply_code, enhanced_code, node_id, possible_duplicate, reply_text)
        where r.send_month = $1 and r.send_id = $2 and r.tenant_id = $3 and r.contact_id between $6 and $7
          and r.contact_id = i.contact_id and ${unsettledOfBatch}
        returning r.contact_id, r.email, r.status, r.reason, r.attempts, r.reply_code, r.enhanced_code, r.node_id,
          r.possible_duplicate
      ), dead as (
        insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts)
        select $3, $2, contact_id, coalesce(reason, 'unknown'), attempts from settled where status = 'dead'
        on conflict do nothing
      ), bounced as (
        insert into suppressions (tenant_id, kind, value, reason, send_id)
        select $3, 'address', email, 'bounced', $2 from settled where status = 'bounced' order by email
        on conflict do nothing
      ), told as (${tellCampaignSettled})
      select exists (select from b) as owned`,
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
      settlements.map((s) => s.contactId),
      settlements.map((s) => s.status),
      settlements.map((s) => s.attempts),
      settlements.map((s) => s.reason),
      settlements.map((s) => s.replyCode),
      settlements.map((s) => s.enhancedCode),
      settlements.map((s) => s.nodeId),
      settlements.map((s) => s.possibleDuplicate),
      send.campaignId,
      settlements.map((s) => s.replyText),
    ],
  });
  if (!rows[0]?.owned) throw new OwnershipLost(send.sendId, batch.batchNo);
}
