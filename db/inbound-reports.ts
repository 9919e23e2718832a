import type pg from "pg";
import type { InboundReport, InboundResult, ReportSource } from "../domain/bounces.js";
import type { DmarcReport } from "../domain/dmarc.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import type { TenantRecipient } from "./bounced.js";
import { recordMailedDmarcReport } from "./dmarc-owners.js";
import { followReport } from "./inbound-following.js";
import { createReportLists, type ReportLists } from "./inbound-lists.js";
import { createReprocessing, type Reprocessing } from "./inbound-reprocessing.js";
import { findRecipient, type ClaimedRecipient, type ReportedRecipient } from "./inbound-recipient.js";
import { transaction, type Queryable } from "./pool.js";

export interface NewReport {
  /** SHA-256 of the report's bytes. */
  digest: Buffer;
  report: InboundReport;
  recipient: ReportedRecipient | null;
  /** Kept only when no recipient is found, for a person. */
  claimed?: ClaimedRecipient;
  /** The message, to be looked at and read again. */
  raw?: Uint8Array;
  receivedAt: Date;
  /** When what is reported happened; absent: when it was received. */
  occurredAt?: Date;
  /** Absent: mail that came back. */
  source?: ReportSource;
  /** It carries one, and is nothing else. */
  dmarc?: DmarcReport;
}

export interface ReportStore extends ReportLists, Reprocessing {
  /** The report and all that follows from it, or nothing. A digest that is known changes nothing. */
  recordReport(report: NewReport): Promise<InboundResult>;
}

export function createReportStore(pool: pg.Pool, softBounces: SoftBouncePolicy): ReportStore {
  return {
    ...createReportLists(pool),
    ...createReprocessing(pool, softBounces),
    recordReport: (report) => transaction(pool, (client) => recordReport(client, report, softBounces)),
  };
}

/** `ReportStore.recordReport`, inside a transaction. */
export async function recordReport(
  client: pg.PoolClient,
  input: NewReport,
  softBounces: SoftBouncePolicy,
): Promise<InboundResult> {
  if (input.dmarc) {
    const taken = await recordMailedDmarcReport(client, input.dmarc);
    if (taken) return taken;
    const diagnostic = `DMARC report: no tenant has a signing key of ${input.dmarc.domain}`;
    const kept: NewReport = { ...input, report: { kind: "other", diagnostic } };
    delete kept.dmarc;
    return recordReport(client, kept, softBounces);
  }
  const recipient = input.recipient && (await findRecipient(client, input.recipient));
  // First, so that of two who record one report the second waits here, and then stops.
  const reportId = await insertReport(client, input, recipient);
  if (reportId === null) return "repeated";
  if (input.raw) await keepRaw(client, { reportId, raw: input.raw, receivedAt: input.receivedAt });
  if (!recipient) return "unmatched";
  const { report, receivedAt, occurredAt = receivedAt } = input;
  const result = await followReport(client, { report, recipient, receivedAt, occurredAt, softBounces });
  await client.query("update inbound_reports set result = $2 where report_id = $1 and tenant_id = $3", [
    reportId,
    result,
    recipient.tenantId,
  ]);
  return result;
}

async function insertReport(
  client: Queryable,
  { digest, report, claimed, receivedAt, source = "smtp" }: NewReport,
  recipient: TenantRecipient | null,
): Promise<string | null> {
  const bounce = report.kind === "bounce" ? report : null;
  const unmatched = recipient ? undefined : claimed;
  const { rows } = await client.query<{ report_id: string }>(
    `insert into inbound_reports (digest, tenant_id, send_id, contact_id, kind, bounce_class, enhanced_code,
       diagnostic, claimed_address, claimed_message_id, result, received_at, source)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'unmatched', $11, $12) on conflict (digest) do nothing
     returning report_id`,
    [
      ...[digest, recipient?.tenantId ?? null, recipient?.sendId ?? null, recipient?.contactId ?? null],
      ...[report.kind, bounce?.bounceClass ?? null, bounce?.enhancedCode ?? null, diagnosticOf(report)],
      ...[unmatched?.address ?? null, unmatched?.messageId ?? null, receivedAt, source],
    ],
  );
  return rows[0]?.report_id ?? null;
}

function diagnosticOf(report: InboundReport): string | null {
  return "diagnostic" in report ? (report.diagnostic ?? null) : null;
}

/** Bytes; what comes by listener or mailbox is no longer. */
const rawLimit = 1024 * 1024;

async function keepRaw(
  client: Queryable,
  { reportId, raw, receivedAt }: { reportId: string; raw: Uint8Array; receivedAt: Date },
): Promise<void> {
  await client.query("insert into inbound_raw (report_id, raw, received_at) values ($1, $2, $3)", [
    reportId,
    raw.subarray(0, rawLimit),
    receivedAt,
  ]);
}
