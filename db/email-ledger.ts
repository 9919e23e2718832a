import type pg from "pg";
import type {
  Batch,
  BatchClaim,
  BatchCounts,
  Delivery,
  Ledger,
  Recipient,
} from "../activities/delivery-ports.js";
import { OwnershipLost } from "../domain/errors.js";
import type { Settlement } from "../domain/outcome.js";
import type { RecipientStatus } from "../domain/recipient-status.js";
import { tellSettled } from "./webhook-outbox.js";

/** The ledger of single emails: a group is one batch (number 0), and a recipient's position is its contact id. */
export function createEmailLedger(pool: pg.Pool): Ledger<Delivery> {
  return {
    claimBatch: (groupId, _batchNo, token) => claimGroup(pool, groupId, token),
    loadRecipients: (group) => loadRecipients(pool, group),
    markPossibleDuplicates: (group, positions) => markPossibleDuplicates(pool, group, positions),
    settle: (group, _batch, token, settlements) => settle(pool, { group, token, settlements }),
    releaseBatch: (group, _batch, token) => releaseGroup(pool, group, token),
  };
}

/** Null when every recipient is settled. */
async function claimGroup(pool: pg.Pool, groupId: string, token: string): Promise<BatchClaim | null> {
  const { rows } = await pool.query<{ recipients: number; previousToken: string | null }>({
    name: "claim-emails",
    text: `
      with before as (
        select group_id, owner_token from email_groups where group_id = $1 for no key update
      )
      update email_groups g set owner_token = $2, claims = g.claims + 1
      from before
      where g.group_id = before.group_id and exists (
        select from email_recipients r where r.group_id = g.group_id and r.status in ('pending', 'deferred'))
      returning g.recipients, before.owner_token as "previousToken"`,
    values: [groupId, token],
  });
  if (!rows[0]) return null;
  const { recipients, previousToken } = rows[0];
  const batch: Batch = {
    sendId: groupId,
    batchNo: 0,
    round: 0,
    fromContact: "0",
    toContact: String(recipients - 1),
    firstPosition: 0,
    recipients,
    dueAt: null,
  };
  return { batch, previousToken };
}

interface RecipientRow {
  position: number;
  email_id: string;
  email: string;
  domain: string;
  status: RecipientStatus;
  attempts: number;
  possible_duplicate: boolean;
  suppressed: boolean;
  from_email: string;
}

async function loadRecipients(pool: pg.Pool, { sendId, tenantId }: Delivery): Promise<Recipient[]> {
  const { rows } = await pool.query<RecipientRow>({
    name: "load-email-recipients",
    text: `
      select r.position, r.email_id, r.email, split_part(r.email, '@', -1) as domain, r.status, r.attempts,
        r.possible_duplicate, ${isSuppressed} as suppressed, e.from_email
      from email_recipients r
      join emails e on e.email_id = r.email_id and e.tenant_id = r.tenant_id
      where r.group_id = $1 and r.tenant_id = $2 and r.status in ('pending', 'deferred')
      order by r.position`,
    values: [sendId, tenantId],
  });
  return rows.map(toRecipient);
}

/** Given the recipient's row as `r`. Two look-ups by key; with one, the planner may read the whole table for its `or`. */
export const isSuppressed = `(
  exists (select from suppressions s
    where s.value = r.email and s.kind = 'address' and s.tenant_id in (r.tenant_id, '*'))
  or exists (select from suppressions s
    where s.value = split_part(r.email, '@', -1) and s.kind = 'domain' and s.tenant_id in (r.tenant_id, '*')))`;

function toRecipient(row: RecipientRow): Recipient {
  const contactId = String(row.position);
  return {
    contactId,
    position: row.position,
    email: row.email,
    domain: row.domain,
    status: row.status,
    attempts: row.attempts,
    possibleDuplicate: row.possible_duplicate,
    suppressed: row.suppressed,
    variables: {},
    origin: { sendId: row.email_id, contactId, fromEmail: row.from_email },
  };
}

async function markPossibleDuplicates(
  pool: pg.Pool,
  { sendId, tenantId }: Delivery,
  positions: string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ position: number }>(
    `update email_recipients set possible_duplicate = true
     where group_id = $1 and tenant_id = $2 and position = any ($3::int[]) and status in ('pending', 'deferred')
     returning position`,
    [sendId, tenantId, positions],
  );
  return rows.map(({ position }) => String(position));
}

interface GroupSettlement {
  group: Delivery;
  token: string;
  settlements: Settlement[];
}

const tellEmailSettled = tellSettled({
  tenantId: "$2",
  emailId: "s.email_id",
  sendId: "null::uuid",
  campaignId: "(select campaign_id from emails where email_id = s.email_id and tenant_id = $2)",
  contactId: "null",
  place: "s.position",
});

async function settle(pool: pg.Pool, { group, token, settlements }: GroupSettlement): Promise<void> {
  if (settlements.length === 0) return;
  const { rows } = await pool.query<{ owned: boolean }>({
    name: "settle-emails",
    text: `
      with g as (
        -- Locked: a takeover either comes before and empties this set, or waits until the settlements are written.
        -- Shared, because announcements hold the same lock and must not wait for it.
        select group_id from email_groups where group_id = $1 and owner_token = $3 for share
      ), settled as (
        update email_recipients r set status = i.status, attempts = i.attempts, reason = i.reason,
          reply_code = i.reply_code, enhanced_code = i.enhanced_code, node_id = i.node_id, announced_at = null,
          possible_duplicate = r.possible_duplicate or i.possible_duplicate, settled_at = now()
        from g, unnest($4::int[], $5::text[], $6::smallint[], $7::text[], $8::smallint[], $9::text[], $10::text[],
          $11::boolean[])
          as i (position, status, attempts, reason, reply_code, enhanced_code, node_id, possible_duplicate)
        where r.group_id = g.group_id and r.tenant_id = $2 and r.position = i.position
          and r.status in ('pending', 'deferred')
        returning r.email_id, r.position, r.email, r.status, r.reason, r.attempts, r.reply_code, r.enhanced_code,
          r.node_id, r.possible_duplicate
      ), dead as (
        insert into dead_letters (tenant_id, email_id, email_position, reason, attempts)
        select $2, email_id, position, coalesce(reason, 'unknown'), attempts from settled where status = 'dead'
        on conflict do nothing
      ), bounced as (
        insert into suppressions (tenant_id, kind, value, reason)
        select $2, 'address', email, 'bounced' from settled where status = 'bounced' order by email
        on conflict do nothing
      ), told as (${tellEmailSettled})
      select exists (select from g) as owned`,
    values: [
      ...[group.sendId, group.tenantId, token],
      settlements.map((s) => s.contactId),
      settlements.map((s) => s.status),
      settlements.map((s) => s.attempts),
      settlements.map((s) => s.reason),
      settlements.map((s) => s.replyCode),
      settlements.map((s) => s.enhancedCode),
      settlements.map((s) => s.nodeId),
      settlements.map((s) => s.possibleDuplicate),
    ],
  });
  if (!rows[0]?.owned) throw new OwnershipLost(group.sendId, 0);
}

/**
 * Counts stand for the whole group: what is deferred waits for the workflow's next attempt. Everything on the wire was
 * answered by now, so nothing is in doubt any more.
 */
async function releaseGroup(
  pool: pg.Pool,
  { sendId, tenantId }: Delivery,
  token: string,
): Promise<BatchCounts> {
  const { rows } = await pool.query<BatchCounts & { owned: boolean }>(
    `with released as (
       update email_groups set owner_token = null, journal_token = null
       where group_id = $1 and tenant_id = $2 and owner_token = $3
       returning group_id
     ), withdrawn as (
       update email_recipients r set announced_at = null from released g
       where r.group_id = g.group_id and r.announced_at is not null and r.status in ('pending', 'deferred')
     )
     select exists (select from released) as owned,
       count(*) filter (where status = 'sent')::int as sent,
       count(*) filter (where status = 'deferred')::int as deferred,
       count(*) filter (where status not in ('sent', 'deferred', 'pending'))::int as failed,
       count(*) filter (where status = 'pending')::int as pending
     from email_recipients where group_id = $1 and tenant_id = $2`,
    [sendId, tenantId, token],
  );
  const { owned, ...counts } = rows[0] ?? { owned: false, sent: 0, deferred: 0, failed: 0, pending: 0 };
  if (!owned) throw new OwnershipLost(sendId, 0);
  return counts;
}
