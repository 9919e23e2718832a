import type pg from "pg";
import type { InboundReport } from "../domain/bounces.js";
import type { DmarcReport } from "../domain/dmarc.js";
import { Conflict, NotFound } from "../domain/errors.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import { followReport } from "./inbound-following.js";
import type { StoredReport } from "./inbound-lists.js";
import { loadRaw, type ReportKey } from "./inbound-raw.js";
import { findRecipient, type ClaimedRecipient, type ReportedRecipient } from "./inbound-recipient.js";
import { transaction } from "./pool.js";

/** What reading a message found. */
export interface ReadMessage {
  report: InboundReport;
  recipient: ReportedRecipient | null;
  /** Absent: nothing. */
  claimed?: ClaimedRecipient;
  /** It carries one, and is nothing else. */
  dmarc?: DmarcReport;
}

export type ReadRaw = (raw: Buffer) => Promise<ReadMessage>;

/** `unchanged`: it says what it said before, so that nothing was done. */
export type ReprocessResult = StoredReport["result"] | "unchanged";

export interface Reprocessing {
  /**
   * Reads a kept message again and does what follows from what is new in it, in one transaction; again changes nothing.
   * What followed before stays. @throws NotFound, Conflict (the message is not kept)
   */
  reprocess(key: ReportKey, read: ReadRaw): Promise<{ report: InboundReport; result: ReprocessResult }>;
  /** Ids of reports that are not matched and whose message is kept, oldest first. */
  findUnmatched(page: { after: string; limit: number }): Promise<string[]>;
}

export function createReprocessing(pool: pg.Pool, softBounces: SoftBouncePolicy): Reprocessing {
  return {
    reprocess: async (key, read) => {
      const raw = await loadRaw(pool, key);
      return transaction(pool, async (client) => {
        const before = await lock(client, key);
        if (!raw) throw new Conflict(`The message of report ${key.reportId} is not kept.`, { ...key });
        const now = await read(raw);
        const result = await apply(client, { before, now, softBounces });
        return { report: now.report, result };
      });
    },
    findUnmatched: (page) => findUnmatched(pool, page),
  };
}

interface Before {
  reportId: string;
  tenantId: string | null;
  sendId: string | null;
  contactId: string | null;
  kind: InboundReport["kind"];
  bounceClass: string | null;
  receivedAt: Date;
}

/** Locked, so that two who read it again do so one after the other. */
async function lock(client: pg.PoolClient, { tenantId, reportId }: ReportKey): Promise<Before> {
  const { rows } = await client.query<Before>(
    `select report_id as "reportId", tenant_id as "tenantId", send_id as "sendId", contact_id as "contactId", kind,
       bounce_class as "bounceClass", received_at as "receivedAt"
     from inbound_reports where report_id = $1 and tenant_id is not distinct from $2 for update`,
    [reportId, tenantId],
  );
  if (!rows[0]) throw new NotFound("report", reportId);
  return rows[0];
}

interface Apply {
  before: Before;
  now: ReadMessage;
  softBounces: SoftBouncePolicy;
}

async function apply(client: pg.PoolClient, { before, now, softBounces }: Apply): Promise<ReprocessResult> {
  // Whom it is about was signed, and stays.
  const recipient =
    before.tenantId !== null && before.sendId !== null && before.contactId !== null
      ? { tenantId: before.tenantId, sendId: before.sendId, contactId: before.contactId }
      : now.recipient && (await findRecipient(client, now.recipient));
  const { report } = now;
  const bounce = report.kind === "bounce" ? report : null;
  const isNew = before.tenantId === null && recipient !== null;
  if (!isNew && report.kind === before.kind && (bounce?.bounceClass ?? null) === before.bounceClass)
    return "unchanged";
  const { receivedAt, kind } = before;
  const result = recipient
    ? await followReport(client, {
        ...{ report, recipient, receivedAt, softBounces, occurredAt: receivedAt },
        ...(!isNew && { before: kind }),
      })
    : "unmatched";
  await client.query(
    `update inbound_reports set tenant_id = $2, send_id = $3, contact_id = $4, kind = $5, bounce_class = $6,
       enhanced_code = $7, diagnostic = $8, result = $9,
       claimed_address = case when $2::text is null then $10::text end,
       claimed_message_id = case when $2::text is null then $11::text end
     where report_id = $1 and tenant_id is not distinct from $12`,
    [
      ...[
        before.reportId,
        recipient?.tenantId ?? null,
        recipient?.sendId ?? null,
        recipient?.contactId ?? null,
      ],
      ...[report.kind, bounce?.bounceClass ?? null, bounce?.enhancedCode ?? null, bounce?.diagnostic ?? null],
      ...[result, now.claimed?.address ?? null, now.claimed?.messageId ?? null, before.tenantId],
    ],
  );
  return result;
}

async function findUnmatched(
  pool: pg.Pool,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ report_id: string }>(
    `select i.report_id from inbound_reports i join inbound_raw w on w.report_id = i.report_id
     where i.result = 'unmatched' and i.tenant_id is null and i.report_id > $1 order by i.report_id limit $2`,
    [after, limit],
  );
  return rows.map((row) => row.report_id);
}
