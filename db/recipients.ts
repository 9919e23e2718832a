import type pg from "pg";
import type { BounceClass } from "../domain/bounces.js";
import type { RecipientStatus } from "../domain/recipient-status.js";
import { recipientMatches, type BatchRange, type RecipientFilter } from "./recipient-filter.js";
import { findSendMonth } from "./send-month.js";
import { fillPage, WalkedPage } from "../domain/walked-page.js";

/** What came of mail that a server had accepted; all null when it did not come back. */
export interface Returned {
  returnedAt: Date | null;
  returnedAs: BounceClass | null;
  returnedCode: string | null;
  returnedText: string | null;
}

/** One recipient's row of the ledger. */
export interface RecipientRow extends Returned {
  contactId: string;
  email: string;
  status: RecipientStatus;
  attempts: number;
  possibleDuplicate: boolean;
  reason: string | null;
  replyCode: number | null;
  enhancedCode: string | null;
  /** What the server said when it did not take it. */
  replyText: string | null;
  nodeId: string | null;
  dueAt: Date | null;
  settledAt: Date | null;
}

/** What one contact got, or did not get, in one send. */
export interface ReceivedSend extends RecipientRow {
  sendId: string;
  campaignId: string;
  campaignName: string;
}

export interface RecipientPage extends RecipientFilter {
  after?: string | undefined;
  limit: number;
}

export interface RecipientStore {
  /** By contact id; `after` is the last contact of the page before. @throws NotFound (send) */
  listRecipients(tenantId: string, sendId: string, page: RecipientPage): Promise<RecipientRow[]>;
  /** The same, of the next `recipientsWalked` recipients. */
  walkRecipients(tenantId: string, sendId: string, page: RecipientPage): Promise<WalkedPage<RecipientRow>>;
  listBatches(tenantId: string, sendId: string, batchNos: number[]): Promise<BatchRange[]>;
  /** The latest sends that had the contact as a recipient, newest first. */
  listReceived(tenantId: string, contactId: string, limit: number): Promise<ReceivedSend[]>;
}

export function createRecipientStore(pool: pg.Pool): RecipientStore {
  return {
    listRecipients: (tenantId, sendId, query) =>
      fillPage(query, (page) => walkRecipients(pool, tenantId, { sendId, ...page })),
    walkRecipients: (tenantId, sendId, page) => walkRecipients(pool, tenantId, { sendId, ...page }),
    listBatches: (tenantId, sendId, batchNos) => listBatches(pool, { tenantId, sendId, batchNos }),
    listReceived: (tenantId, contactId, limit) => listReceived(pool, tenantId, contactId, limit),
  };
}

const recipientColumns = `
  r.contact_id as "contactId", r.email, r.status, r.attempts, r.possible_duplicate as "possibleDuplicate", r.reason,
  r.reply_code as "replyCode", r.enhanced_code as "enhancedCode", r.reply_text as "replyText", r.node_id as "nodeId", r.due_at as "dueAt",
  r.settled_at as "settledAt", t.returned_at as "returnedAt", t.bounce_class as "returnedAs",
  t.enhanced_code as "returnedCode", t.diagnostic as "returnedText"`;

export const withReturns = `
  left join email_returns t on t.send_id = r.send_id and t.contact_id = r.contact_id and t.tenant_id = r.tenant_id`;

/** Of a send: the ledger has no index by status, which would cost every settlement more than it is worth. */
const recipientsWalked = 20_000;

async function walkRecipients(
  pool: pg.Pool,
  tenantId: string,
  page: RecipientPage & { sendId: string },
): Promise<WalkedPage<RecipientRow>> {
  const { sendId, limit, ...filter } = page;
  const sendMonth = await findSendMonth(pool, tenantId, sendId);
  const matches = recipientMatches(filter, 7);
  const key = [sendMonth, sendId, tenantId, startOf(page)];
  const walkTo = matches === null ? null : await findWalkEnd(pool, key);
  const { rows } = await pool.query<RecipientRow>(
    `select ${recipientColumns} from email_sends r ${withReturns}
     where r.send_month = $1 and r.send_id = $2 and r.tenant_id = $3 and r.contact_id > $4
       and ($6::bigint is null or r.contact_id <= $6) and ${matches?.sql ?? "true"}
     order by r.contact_id limit $5`,
    [...key, limit, walkTo, ...(matches?.params ?? [])],
  );
  return new WalkedPage(rows, rows.length < limit ? walkTo : (rows.at(-1)?.contactId ?? null));
}

/** What waits in batches is between them. */
function startOf({ after = "0", waitingIn = [] }: RecipientPage): string {
  const first = waitingIn.map(({ fromContact }) => BigInt(fromContact) - 1n);
  return [BigInt(after), ...(first.length === 0 ? [] : [first.reduce((a, b) => (a < b ? a : b))])]
    .reduce((a, b) => (a > b ? a : b))
    .toString();
}

/** The last recipient of those that are looked at; null: all that are left. */
async function findWalkEnd(pool: pg.Pool, key: string[]): Promise<string | null> {
  const { rows } = await pool.query<{ contactId: string }>(
    `select contact_id as "contactId" from email_sends
     where send_month = $1 and send_id = $2 and tenant_id = $3 and contact_id > $4
     order by contact_id offset ${recipientsWalked - 1} limit 1`,
    key,
  );
  return rows[0]?.contactId ?? null;
}

async function listBatches(
  pool: pg.Pool,
  { tenantId, sendId, batchNos }: { tenantId: string; sendId: string; batchNos: number[] },
): Promise<BatchRange[]> {
  const { rows } = await pool.query<BatchRange>(
    `select batch_no as "batchNo", round, from_contact as "fromContact", to_contact as "toContact", due_at as "dueAt",
       greatest(0, recipients - sent - deferred - failed) as waiting
     from campaign_send_batches
     where send_id = $1 and batch_no = any ($2::int[]) and tenant_id = $3 and finished_at is null`,
    [sendId, batchNos, tenantId],
  );
  return rows;
}

/** One look-up a send of the tenant, newest first, until enough are found: the ledger has no index by contact. */
async function listReceived(
  pool: pg.Pool,
  tenantId: string,
  contactId: string,
  limit: number,
): Promise<ReceivedSend[]> {
  const { rows } = await pool.query<ReceivedSend>(
    `select s.send_id as "sendId", s.campaign_id as "campaignId", s.name as "campaignName", ${recipientColumns}
     from (
       select s.send_id, s.send_month, s.tenant_id, s.campaign_id, c.name, s.created_at
       from campaign_sends s join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
       where s.tenant_id = $1
     ) s
     cross join lateral (
       select * from email_sends e
       where e.send_month = s.send_month and e.send_id = s.send_id and e.tenant_id = s.tenant_id and e.contact_id = $2
       limit 1
     ) r ${withReturns}
     order by s.created_at desc limit $3`,
    [tenantId, contactId, limit],
  );
  return rows;
}
