import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Batch, Ledger, SendContext } from "../../activities/delivery-ports.js";
import { createSendDirectory } from "../../db/directory.js";
import { createSendStore } from "../../db/send-store.js";
import { createSends, type NewSend } from "../../db/sends.js";
import type { Settlement } from "../../domain/outcome.js";
import type { RecipientStatus } from "../../domain/recipient-status.js";
import type { SegmentFilter } from "../../domain/segment-filter.js";
import { sealerOf } from "../support/keys.js";

export interface TestContact {
  email: string;
  firstName?: string;
  timeZone?: string;
  attributes?: Record<string, unknown>;
}

/** `person-0@example.com`, `person-1@example.com`, … */
export function people(count: number, overrides: Partial<TestContact> = {}): TestContact[] {
  return Array.from({ length: count }, (_, n) => ({ email: `person-${n}@example.com`, ...overrides }));
}

export async function createTenant(pool: pg.Pool): Promise<string> {
  const tenantId = `t-${randomUUID().slice(0, 8)}`;
  await pool.query("insert into tenants (tenant_id, name) values ($1, $1)", [tenantId]);
  return tenantId;
}

/** A list of the tenant with these contacts, in this order; returns their ids. */
export async function createList(
  pool: pg.Pool,
  tenantId: string,
  contacts: TestContact[],
): Promise<{ listId: string; contactIds: string[] }> {
  const listId = randomUUID();
  await pool.query("insert into lists (list_id, tenant_id, name) values ($1, $2, gen_random_uuid()::text)", [
    listId,
    tenantId,
  ]);
  const { rows } = await pool.query<{ contact_id: string }>(
    `with added as (
       insert into contacts (tenant_id, email, domain, first_name, time_zone, attributes)
       select $1, email, split_part(email, '@', -1), first_name, time_zone, attributes
       from unnest($3::text[], $4::text[], $5::text[], $6::jsonb[]) with ordinality
         as c (email, first_name, time_zone, attributes, nth) order by nth
       returning contact_id
     )
     insert into list_contacts (list_id, contact_id) select $2, contact_id from added order by contact_id
     returning contact_id`,
    [
      tenantId,
      listId,
      contacts.map(({ email }) => email),
      contacts.map(({ firstName }) => firstName ?? null),
      contacts.map(({ timeZone }) => timeZone ?? null),
      contacts.map(({ attributes }) => JSON.stringify(attributes ?? {})),
    ],
  );
  return { listId, contactIds: rows.map((row) => row.contact_id) };
}

export async function createSegment(pool: pg.Pool, tenantId: string, filter: SegmentFilter): Promise<string> {
  const segmentId = randomUUID();
  await pool.query(
    "insert into segments (segment_id, tenant_id, name, filter) values ($1, $2, gen_random_uuid()::text, $3)",
    [segmentId, tenantId, JSON.stringify(filter)],
  );
  return segmentId;
}

export async function createCampaign(
  pool: pg.Pool,
  tenantId: string,
  audience: { listId?: string; segmentId?: string },
): Promise<string> {
  const [templateId, templateVersionId, campaignId] = [randomUUID(), randomUUID(), randomUUID()];
  await pool.query(
    "insert into templates (template_id, tenant_id, name) values ($1, $2, gen_random_uuid()::text)",
    [templateId, tenantId],
  );
  await pool.query(
    `insert into template_versions (template_version_id, template_id, tenant_id, version, subject, html, text, links)
     values ($1, $2, $3, 1, 'Hello', '<p>Hello</p>', 'Hello', '{https://example.com/a}')`,
    [templateVersionId, templateId, tenantId],
  );
  await pool.query(
    `insert into campaigns (campaign_id, tenant_id, name, template_version_id, list_id, segment_id, from_email, lane)
     values ($1, $2, 'Spring', $3, $4, $5, 'news@example.com', 'campaign-standard')`,
    [campaignId, tenantId, templateVersionId, audience.listId ?? null, audience.segmentId ?? null],
  );
  return campaignId;
}

export interface TestSend {
  tenantId: string;
  campaignId: string;
  sendId: string;
  contactIds: string[];
  context: SendContext;
}

/** A send to a list of these contacts, in status `scheduled`. */
export async function createTestSend(
  pool: pg.Pool,
  contacts: TestContact[],
  options: Partial<NewSend> & { sending?: boolean } = {},
): Promise<TestSend> {
  const tenantId = options.tenantId ?? (await createTenant(pool));
  const { listId, contactIds } = await createList(pool, tenantId, contacts);
  const campaignId = await createCampaign(pool, tenantId, { listId });
  const { sending = true, ...overrides } = options;
  const sendId = randomUUID();
  await createSends(pool).createSend({ tenantId, campaignId, sendId, timeZone: "UTC", ...overrides });
  if (sending) await pool.query("update campaign_sends set status = 'sending' where send_id = $1", [sendId]);
  return {
    tenantId,
    campaignId,
    sendId,
    contactIds,
    context: await createSendDirectory(pool, sealerOf()).loadSend(sendId),
  };
}

/** A send whose whole audience is in the ledger, in batches of `batchSize`. */
export async function createSnapshottedSend(
  pool: pg.Pool,
  recipients: number,
  batchSize = 10,
): Promise<TestSend> {
  const send = await createTestSend(pool, people(recipients));
  await createSendStore(pool).snapshotPage(send.sendId, { contacts: recipients + 1, batchSize });
  return send;
}

export function settlement(
  contactId: string,
  status: RecipientStatus,
  overrides: Partial<Settlement> = {},
): Settlement {
  return {
    contactId,
    status,
    attempts: 1,
    reason: status === "sent" ? null : "temporary",
    replyCode: status === "sent" ? 250 : 451,
    enhancedCode: null,
    replyText: null,
    nodeId: "n1",
    possibleDuplicate: false,
    ...overrides,
  };
}

/** One whole attempt at a batch: claims it, settles each recipient as `decide` says (null: leaves it), releases it. */
export async function runBatch(
  ledger: Ledger,
  send: TestSend,
  batchNo: number,
  decide: (contactId: string) => Settlement | null,
): Promise<{ batch: Batch; contactIds: string[] }> {
  const token = randomUUID();
  const claim = await ledger.claimBatch(send.sendId, batchNo, token);
  if (!claim) throw new Error(`Batch ${batchNo} is finished.`);
  const recipients = await ledger.loadRecipients(send.context, claim.batch);
  const settlements = recipients.map(({ contactId }) => decide(contactId)).filter((s) => s !== null);
  await ledger.settle(send.context, claim.batch, token, settlements);
  await ledger.releaseBatch(send.context, claim.batch, token);
  return { batch: claim.batch, contactIds: recipients.map(({ contactId }) => contactId) };
}

export interface LedgerRow {
  contact_id: string;
  email: string;
  position: number;
  status: RecipientStatus;
  attempts: number;
  reason: string | null;
  possible_duplicate: boolean;
  due_at: Date | null;
  settled_at: Date | null;
}

/** The send's rows by contact id. */
export async function ledgerRows(pool: pg.Pool, sendId: string): Promise<LedgerRow[]> {
  const { rows } = await pool.query<LedgerRow>(
    `select contact_id, email, position, status, attempts, reason, possible_duplicate, due_at, settled_at
     from email_sends where send_id = $1 order by contact_id`,
    [sendId],
  );
  return rows;
}
