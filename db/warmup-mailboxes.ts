import type pg from "pg";
import { Conflict, NotFound } from "../domain/errors.js";
import type { ImapAccess } from "../domain/imap-mailbox.js";
import { healthWindowDays } from "../domain/receiver-rates.js";
import { transaction, type Queryable } from "./pool.js";
import { requireNode } from "./require-node.js";
import { requireTenant } from "./require-tenant.js";
import { warmupMailboxPassword, type Sealer } from "./sealed.js";

/** How a mailbox of the pool is read, and where its mail leaves from. */
export interface WarmupMailboxSettings {
  nodeId: string;
  imapHost: string;
  imapPort: number;
  /** TLS from the first octet; else STARTTLS. */
  imapSecure: boolean;
  imapUser: string;
  imapPassword: string;
  /** PEM; null: the authorities that are known. */
  imapCa: string | null;
}

export interface NewWarmupMailbox extends WarmupMailboxSettings {
  mailboxId: string;
  tenantId: string;
  /** Lower-case. */
  address: string;
}

/** Never with its password. */
export interface WarmupMailbox extends Omit<NewWarmupMailbox, "imapPassword"> {
  /** Null: it takes no part. */
  optedInAt: Date | null;
  optedInBy: string | null;
  optedOutAt: Date | null;
  optedOutBy: string | null;
  /** When it was last logged in to, and what was wrong then. */
  checkedAt: Date | null;
  problem: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Its warmup that has not ended: without one it answers, and begins nothing. */
  warmupId: string | null;
  /** Of the last seven days: what it wrote to the others, and where that was found. */
  sent: number;
  inInbox: number;
  inJunk: number;
  missing: number;
}

export interface WarmupMailboxRef {
  tenantId: string;
  mailboxId: string;
}

export type WarmupMailboxEdit = {
  [Field in keyof WarmupMailboxSettings]?: WarmupMailboxSettings[Field] | undefined;
};

export interface WarmupMailboxRows {
  /** The password is kept sealed. @throws NotFound (tenant, node), Conflict, ConfigInvalid */
  addMailbox(mailbox: NewWarmupMailbox): Promise<void>;
  /** What is undefined stays. @throws NotFound, ConfigInvalid */
  updateMailbox(ref: WarmupMailboxRef, edit: WarmupMailboxEdit): Promise<void>;
  /** By address; `after` is the last one's of the page before. */
  listMailboxes(query: {
    tenantId: string;
    after?: string | undefined;
    limit: number;
  }): Promise<WarmupMailbox[]>;
  /** @throws NotFound */
  loadMailbox(ref: WarmupMailboxRef): Promise<WarmupMailbox>;
  /** @throws NotFound, SecretUnreadable */
  loadAccess(ref: WarmupMailboxRef): Promise<ImapAccess>;
  recordCheck(ref: WarmupMailboxRef, problem: string | null): Promise<void>;
  /** @throws NotFound */
  optIn(ref: WarmupMailboxRef, actor: string): Promise<void>;
  /** Nothing more is written by it or to it, nor done in it. @returns emails that may not have left yet. @throws NotFound */
  optOut(ref: WarmupMailboxRef, actor: string): Promise<string[]>;
  /** With all that it wrote and got. @throws NotFound */
  removeMailbox(ref: WarmupMailboxRef): Promise<void>;
}

export function createWarmupMailboxRows(pool: pg.Pool, sealer: Sealer): WarmupMailboxRows {
  return {
    addMailbox: (mailbox) => addMailbox(pool, sealer, mailbox),
    updateMailbox: (ref, edit) => updateMailbox(pool, sealer, { ref, edit }),
    listMailboxes: ({ tenantId, after, limit }) =>
      findMailboxes(pool, { tenantId, after: after ?? null, mailboxId: null, limit }),
    loadMailbox: (ref) => loadMailbox(pool, ref),
    loadAccess: (ref) => loadAccess(pool, sealer, ref),
    recordCheck: (ref, problem) => recordCheck(pool, ref, problem),
    optIn: (ref, actor) => optIn(pool, ref, actor),
    optOut: (ref, actor) => transaction(pool, (client) => optOut(client, ref, actor)),
    removeMailbox: (ref) => removeMailbox(pool, ref),
  };
}

const uniqueViolation = "23505";

async function addMailbox(pool: pg.Pool, sealer: Sealer, mailbox: NewWarmupMailbox): Promise<void> {
  const { mailboxId, tenantId, address, nodeId, imapPassword, ...imap } = mailbox;
  const sealed = sealer.seal(imapPassword, warmupMailboxPassword(mailboxId));
  await requireTenant(pool, tenantId);
  await requireNode(pool, tenantId, nodeId);
  await refuseAnothersDomain(pool, tenantId, address);
  try {
    await pool.query(
      `insert into warmup_mailboxes (mailbox_id, tenant_id, address, node_id, imap_host, imap_port, imap_secure, imap_user,
         imap_password, imap_ca)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        ...[mailboxId, tenantId, address, nodeId, imap.imapHost, imap.imapPort, imap.imapSecure],
        ...[imap.imapUser, sealed, imap.imapCa],
      ],
    );
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    throw new Conflict(`The mailbox ${address} is in the pool already; change it, or remove it first.`, {
      tenantId,
    });
  }
}

async function refuseAnothersDomain(db: Queryable, tenantId: string, address: string): Promise<void> {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const { rows } = await db.query<{ anothers: boolean }>("select domain_is_anothers($1, $2) as anothers", [
    tenantId,
    domain,
  ]);
  if (rows[0]?.anothers)
    throw new Conflict(`The domain ${domain} signs for another tenant; add a DKIM key of your own first.`, {
      domain,
    });
}

interface Change {
  ref: WarmupMailboxRef;
  edit: WarmupMailboxEdit;
}

async function updateMailbox(pool: pg.Pool, sealer: Sealer, { ref, edit }: Change): Promise<void> {
  const { tenantId, mailboxId } = ref;
  const { nodeId, imapHost, imapPort, imapSecure, imapUser, imapPassword, imapCa } = edit;
  if (nodeId !== undefined) await requireNode(pool, tenantId, nodeId);
  const sealed =
    imapPassword === undefined ? null : sealer.seal(imapPassword, warmupMailboxPassword(mailboxId));
  const { rowCount } = await pool.query(
    `update warmup_mailboxes set node_id = coalesce($3, node_id), imap_host = coalesce($4, imap_host),
       imap_port = coalesce($5, imap_port), imap_secure = coalesce($6, imap_secure),
       imap_user = coalesce($7, imap_user), imap_password = coalesce($8, imap_password),
       imap_ca = case when $9 then $10 else imap_ca end, checked_at = null, problem = null, updated_at = now()
     where tenant_id = $1 and mailbox_id = $2`,
    [
      ...[tenantId, mailboxId, nodeId ?? null, imapHost ?? null, imapPort ?? null, imapSecure ?? null],
      ...[imapUser ?? null, sealed, imapCa !== undefined, imapCa ?? null],
    ],
  );
  if (rowCount === 0) throw new NotFound("warmup mailbox", mailboxId);
}

const columns = `m.mailbox_id as "mailboxId", m.tenant_id as "tenantId", m.address, m.node_id as "nodeId",
  m.imap_host as "imapHost", m.imap_port as "imapPort", m.imap_secure as "imapSecure", m.imap_user as "imapUser",
  m.imap_ca as "imapCa", m.opted_in_at as "optedInAt", m.opted_in_by as "optedInBy", m.opted_out_at as "optedOutAt",
  m.opted_out_by as "optedOutBy", m.checked_at as "checkedAt", m.problem, m.created_at as "createdAt",
  m.updated_at as "updatedAt"`;

async function findMailboxes(
  pool: pg.Pool,
  query: { tenantId: string; after: string | null; mailboxId: string | null; limit: number },
): Promise<WarmupMailbox[]> {
  const { rows } = await pool.query<WarmupMailbox>(
    `select ${columns}, w.warmup_id as "warmupId", s.sent, s."inInbox", s."inJunk", s.missing
     from warmup_mailboxes m
     left join warmups w on w.kind = 'mailbox' and w.key = m.address and w.tenant_id = m.tenant_id and w.ended_at is null
     cross join lateral (
       select count(*)::int as sent, count(*) filter (where placement = 'inbox')::int as "inInbox",
         count(*) filter (where placement = 'junk')::int as "inJunk",
         count(*) filter (where placement = 'missing')::int as missing
       from warmup_messages
       where from_mailbox = m.mailbox_id and day > current_date - $5::int and status = 'sent'
     ) s
     where m.tenant_id = $1 and ($2::text is null or m.address > $2) and ($3::uuid is null or m.mailbox_id = $3)
     order by m.address limit $4`,
    [query.tenantId, query.after, query.mailboxId, query.limit, healthWindowDays],
  );
  return rows;
}

async function loadMailbox(pool: pg.Pool, { tenantId, mailboxId }: WarmupMailboxRef): Promise<WarmupMailbox> {
  const [mailbox] = await findMailboxes(pool, { tenantId, mailboxId, after: null, limit: 1 });
  if (!mailbox) throw new NotFound("warmup mailbox", mailboxId);
  return mailbox;
}

async function loadAccess(
  pool: pg.Pool,
  sealer: Sealer,
  { tenantId, mailboxId }: WarmupMailboxRef,
): Promise<ImapAccess> {
  const { rows } = await pool.query<Omit<ImapAccess, "ca"> & { ca: string | null }>(
    `select imap_host as host, imap_port as port, imap_secure as secure, imap_user as user,
       imap_password as password, imap_ca as ca
     from warmup_mailboxes where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId],
  );
  if (!rows[0]) throw new NotFound("warmup mailbox", mailboxId);
  const { ca, ...access } = rows[0];
  const password = sealer.open(access.password, warmupMailboxPassword(mailboxId));
  return { ...access, password, ...(ca !== null && { ca }) };
}

async function recordCheck(
  db: Queryable,
  { tenantId, mailboxId }: WarmupMailboxRef,
  problem: string | null,
): Promise<void> {
  await db.query(
    "update warmup_mailboxes set checked_at = now(), problem = $3 where tenant_id = $1 and mailbox_id = $2",
    [tenantId, mailboxId, problem],
  );
}

/** Whoever was first stays named. */
async function optIn(db: Queryable, { tenantId, mailboxId }: WarmupMailboxRef, actor: string): Promise<void> {
  const { rowCount } = await db.query(
    `update warmup_mailboxes set opted_in_at = coalesce(opted_in_at, now()), opted_in_by = coalesce(opted_in_by, $3),
       opted_out_at = null, opted_out_by = null, updated_at = now()
     where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId, actor],
  );
  if (rowCount === 0) throw new NotFound("warmup mailbox", mailboxId);
}

async function optOut(
  db: Queryable,
  { tenantId, mailboxId }: WarmupMailboxRef,
  actor: string,
): Promise<string[]> {
  const { rowCount } = await db.query(
    `update warmup_mailboxes set opted_in_at = null, opted_in_by = null,
       opted_out_at = coalesce(opted_out_at, now()), opted_out_by = coalesce(opted_out_by, $3), updated_at = now()
     where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId, actor],
  );
  if (rowCount === 0) throw new NotFound("warmup mailbox", mailboxId);
  await db.query(
    `update warmup_messages set status = 'skipped', reason = 'a mailbox was opted out'
     where status = 'planned' and tenant_id = $1 and (from_mailbox = $2 or to_mailbox = $2)`,
    [tenantId, mailboxId],
  );
  await db.query(
    `update warmup_engagements set done_at = now(), skipped = 'the mailbox was opted out'
     where mailbox_id = $2 and tenant_id = $1 and done_at is null`,
    [tenantId, mailboxId],
  );
  const { rows } = await db.query<{ emailId: string }>(
    `select m.email_id as "emailId" from warmup_messages m
     where m.tenant_id = $1 and (m.from_mailbox = $2 or m.to_mailbox = $2) and m.status = 'sent' and m.placement is null
       and exists (select from email_recipients r where r.email_id = m.email_id and r.status in ('pending', 'deferred'))`,
    [tenantId, mailboxId],
  );
  return rows.map(({ emailId }) => emailId);
}

async function removeMailbox(db: Queryable, { tenantId, mailboxId }: WarmupMailboxRef): Promise<void> {
  const { rowCount } = await db.query(
    "delete from warmup_mailboxes where tenant_id = $1 and mailbox_id = $2",
    [tenantId, mailboxId],
  );
  if (rowCount === 0) throw new NotFound("warmup mailbox", mailboxId);
}
