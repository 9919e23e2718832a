import type pg from "pg";
import type { BounceClass } from "../domain/bounces.js";
import { emailStatusOf, type EmailRecipientKind, type EmailStatus } from "../domain/email-status.js";
import type { Lane } from "../domain/lanes.js";
import { resolved, type RecipientStatus, type UnknownResolution } from "../domain/recipient-status.js";
import type { Queryable } from "./pool.js";

/** One address of an email's envelope, and what became of it. */
export interface EmailRecipient {
  kind: EmailRecipientKind;
  email: string;
  status: RecipientStatus;
  attempts: number;
  possibleDuplicate: boolean;
  reason: string | null;
  replyCode: number | null;
  enhancedCode: string | null;
  nodeId: string | null;
  settledAt: Date | null;
  /** Accepted, and came back; null when it did not. */
  returnedAt: Date | null;
  returnedAs: BounceClass | null;
  returnedCode: string | null;
  returnedText: string | null;
}

/** A single email, without its content. */
export interface Email {
  emailId: string;
  /** Emails that one workflow handles, `email/<groupId>`. */
  groupId: string;
  tenantId: string;
  campaignId: string | null;
  lane: Lane;
  fromEmail: string;
  status: EmailStatus;
  recipients: EmailRecipient[];
  /** As the audit log names people and keys; null: nobody who said so. */
  requestedBy: string | null;
  sendAt: Date | null;
  createdAt: Date;
}

export interface EmailPage {
  /** Emails with a recipient in this status. */
  status?: RecipientStatus;
  campaignId?: string;
  /** Emails to this address, in to, cc or bcc. */
  recipient?: string;
  /** Last id of the page before. */
  before?: string;
  limit: number;
}

export interface EmailStore {
  /** Those that exist, in no order. */
  loadEmails(refs: { tenantId: string; emailId: string }[]): Promise<Email[]>;
  /** Newest first. */
  listEmails(tenantId: string, page: EmailPage): Promise<Email[]>;
  /** Settles the recipients whom it has not left for as cancelled; returns how many. */
  cancelEmail(tenantId: string, emailId: string): Promise<number>;
  /** Takes dead recipients back to `deferred` with no attempts spent and resolves their dead letters; returns how many. */
  reviveEmail(tenantId: string, emailId: string): Promise<number>;
  /** Settles recipients held as `unknown` by a person's word; returns how many. */
  resolveUnknown(tenantId: string, emailId: string, as: UnknownResolution): Promise<number>;
}

export function createEmailStore(pool: pg.Pool): EmailStore {
  return {
    loadEmails: (refs) => loadEmails(pool, refs),
    listEmails: (tenantId, page) => listEmails(pool, tenantId, page),
    cancelEmail: (tenantId, emailId) => cancelEmail(pool, tenantId, emailId),
    reviveEmail: (tenantId, emailId) => reviveEmail(pool, tenantId, emailId),
    resolveUnknown: (tenantId, emailId, as) => resolveUnknown(pool, tenantId, emailId, as),
  };
}

type EmailRow = Omit<Email, "status" | "recipients"> & {
  recipients: (Omit<EmailRecipient, "settledAt" | "returnedAt"> & {
    settledAt: string | null;
    returnedAt: string | null;
  })[];
};

const columns = `
  e.email_id as "emailId", e.group_id as "groupId", e.tenant_id as "tenantId", e.campaign_id as "campaignId", g.lane,
  e.from_email as "fromEmail", e.requested_by as "requestedBy", g.send_at as "sendAt", e.created_at as "createdAt",
  (select jsonb_agg(jsonb_build_object('kind', r.kind, 'email', r.email, 'status', r.status, 'attempts', r.attempts,
     'possibleDuplicate', r.possible_duplicate, 'reason', r.reason, 'replyCode', r.reply_code,
     'enhancedCode', r.enhanced_code, 'nodeId', r.node_id, 'settledAt', r.settled_at, 'returnedAt', t.returned_at,
     'returnedAs', t.bounce_class, 'returnedCode', t.enhanced_code, 'returnedText', t.diagnostic) order by r.position)
   from email_recipients r
   left join email_returns t on t.send_id = r.email_id and t.contact_id = r.position and t.tenant_id = r.tenant_id
   where r.email_id = e.email_id) as recipients`;

async function loadEmails(pool: pg.Pool, refs: { tenantId: string; emailId: string }[]): Promise<Email[]> {
  const { rows } = await pool.query<EmailRow>({
    name: "load-email-states",
    text: `
      select ${columns}
      from unnest($1::text[], $2::uuid[]) as i (tenant_id, email_id)
      join emails e on e.email_id = i.email_id and e.tenant_id = i.tenant_id
      join email_groups g on g.group_id = e.group_id`,
    values: [refs.map(({ tenantId }) => tenantId), refs.map(({ emailId }) => emailId)],
  });
  return rows.map(toEmail);
}

/**
 * Newest first, as ids are in the order of time: an address's emails, else those with a recipient in the status, else a
 * campaign's or all of the tenant's are walked until the page is full.
 */
async function listEmails(pool: pg.Pool, tenantId: string, page: EmailPage): Promise<Email[]> {
  const { before = null, campaignId = null, status = null, recipient = null, limit } = page;
  const { from, key } = walkedEmails(page);
  const { rows } = await pool.query<EmailRow>(
    // The page first, then what it is joined with: the other way round, all of the tenant's rows are read.
    `select ${columns} from (
       select e.* from ${from}
       where e.tenant_id = $1 and ($2::uuid is null or ${key} < $2) and ($3::uuid is null or e.campaign_id = $3)
         and ($4::text is null or $5::text is null or exists (
           select from email_recipients r where r.email_id = e.email_id and r.status = $4))
       order by ${key} desc limit $6
     ) e cross join lateral (select lane, send_at from email_groups where group_id = e.group_id limit 1) g
     order by e.email_id desc`,
    [tenantId, before, campaignId, status, recipient, limit],
  );
  return rows.map(toEmail);
}

/**
 * Recipients, each with its email, of which the first of each email counts: `distinct` would look at all of them. Asked as a
 * yes or no, because the planner takes the comparison itself for one that few rows pass.
 */
function walkedEmails({ recipient, status }: EmailPage): { from: string; key: string } {
  if (recipient === undefined && status === undefined) return { from: "emails e", key: "e.email_id" };
  const walked = recipient === undefined ? "status = $4" : "email = $5";
  const from = `(
      select * from email_recipients i
      where i.tenant_id = $1 and i.${walked} and (
        select min(q.position) = i.position from email_recipients q where q.email_id = i.email_id and q.${walked})
    ) i cross join lateral (select * from emails where email_id = i.email_id limit 1) e`;
  return { from, key: "i.email_id" };
}

function toEmail({ recipients, ...row }: EmailRow): Email {
  return {
    ...row,
    status: emailStatusOf(recipients.map(({ status }) => status)),
    recipients: recipients.map(({ settledAt, returnedAt, ...recipient }) => ({
      ...recipient,
      settledAt: settledAt === null ? null : new Date(settledAt),
      returnedAt: returnedAt === null ? null : new Date(returnedAt),
    })),
  };
}

async function cancelEmail(pool: pg.Pool, tenantId: string, emailId: string): Promise<number> {
  return (await cancelEmails(pool, tenantId, [emailId])).length;
}

/**
 * An announcement and a cancel want the same row's lock: whichever comes second finds what the first one did.
 * @returns the email of each recipient that was cancelled
 */
export async function cancelEmails(db: Queryable, tenantId: string, emailIds: string[]): Promise<string[]> {
  const { rows } = await db.query<{ emailId: string }>(
    `update email_recipients set status = 'cancelled', reason = 'cancelled', settled_at = now()
     where tenant_id = $1 and email_id = any ($2::uuid[]) and status in ('pending', 'deferred') and announced_at is null
     returning email_id as "emailId"`,
    [tenantId, emailIds],
  );
  return rows.map(({ emailId }) => emailId);
}

async function reviveEmail(pool: pg.Pool, tenantId: string, emailId: string): Promise<number> {
  const [revived] = await reviveEmails(pool, tenantId, [emailId]);
  return revived?.recipients ?? 0;
}

/** @returns those of which somebody was dead, and how many recipients it were */
export async function reviveEmails(
  db: Queryable,
  tenantId: string,
  emailIds: string[],
): Promise<{ emailId: string; recipients: number }[]> {
  const { rows } = await db.query<{ emailId: string; recipients: number }>(
    `with revived as (
       update email_recipients set status = 'deferred', attempts = 0, settled_at = now()
       where tenant_id = $1 and email_id = any ($2::uuid[]) and status = 'dead'
       returning email_id, group_id, position
     ), letters as (
       update dead_letters d set resolved_at = now(), resolution = 'retried'
       from revived r
       where d.tenant_id = $1 and d.email_id = r.email_id and d.email_position = r.position and d.resolved_at is null
     ), reopened as (
       update email_groups set finished_at = null where group_id in (select group_id from revived)
     )
     select email_id as "emailId", count(*)::int as recipients from revived group by email_id`,
    [tenantId, emailIds],
  );
  return rows;
}

/** One said to be sent keeps the time of its attempt. */
async function resolveUnknown(
  pool: pg.Pool,
  tenantId: string,
  emailId: string,
  as: UnknownResolution,
): Promise<number> {
  const { status, reason } = resolved[as];
  const { rows } = await pool.query<{ resolved: number }>(
    `with resolved as (
       update email_recipients set status = $3, reason = $4,
         attempts = case when $3 = 'deferred' then 0 else attempts end,
         settled_at = case when $3 = 'deferred' then now() else settled_at end
       where tenant_id = $1 and email_id = $2 and status = 'unknown'
       returning group_id
     ), reopened as (
       update email_groups set finished_at = null where group_id in (select group_id from resolved)
     )
     select count(*)::int as resolved from resolved`,
    [tenantId, emailId, status, reason],
  );
  return rows[0]?.resolved ?? 0;
}
