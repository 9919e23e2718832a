import type pg from "pg";
import type { Bounce, BounceClass, InboundReport, InboundResult, ReportSource } from "../domain/bounces.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import { recordReturn, suppressBounced, type TenantRecipient } from "./bounced.js";
import { recordEvents, type EmailEvent, type RecipientKey } from "./events.js";
import { transaction, type Queryable } from "./pool.js";
import { bouncesRepeatedly } from "./soft-bounces.js";

export interface NewReport {
  /** SHA-256 of the report's bytes. */
  digest: Buffer;
  report: InboundReport;
  recipient: RecipientKey | null;
  receivedAt: Date;
  /** When what is reported happened; absent: when it was received. */
  occurredAt?: Date;
  /** Absent: mail that came back. */
  source?: ReportSource;
}

export interface StoredReport {
  reportId: string;
  sendId: string;
  contactId: string;
  kind: InboundReport["kind"];
  bounceClass: BounceClass | null;
  enhancedCode: string | null;
  diagnostic: string | null;
  result: Exclude<InboundResult, "repeated">;
  source: ReportSource;
  receivedAt: Date;
}

export interface ReportPage {
  tenantId: string;
  kind?: InboundReport["kind"] | undefined;
  source?: ReportSource | undefined;
  /** Id of the last row of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface ReportStore {
  /** The report and all that follows from it, or nothing. A digest that is known changes nothing. */
  recordReport(report: NewReport): Promise<InboundResult>;
  /** Newest first. */
  listReports(page: ReportPage): Promise<StoredReport[]>;
}

export function createReportStore(pool: pg.Pool, softBounces: SoftBouncePolicy): ReportStore {
  return {
    recordReport: (report) => transaction(pool, (client) => recordReport(client, report, softBounces)),
    listReports: (page) => listReports(pool, page),
  };
}

/** `ReportStore.recordReport`, inside a transaction. */
export async function recordReport(
  client: pg.PoolClient,
  input: NewReport,
  softBounces: SoftBouncePolicy,
): Promise<InboundResult> {
  const tenantId = input.recipient && (await tenantOf(client, input.recipient));
  // First, so that of two who record one report the second waits here, and then stops.
  if (!(await insertReport(client, input, tenantId))) return "repeated";
  if (!input.recipient || tenantId === null) return "unmatched";
  const result = await follow(client, input, { recipient: { ...input.recipient, tenantId }, softBounces });
  await client.query("update inbound_reports set result = $2 where digest = $1 and tenant_id = $3", [
    input.digest,
    result,
    tenantId,
  ]);
  return result;
}

async function tenantOf(client: Queryable, { sendId }: RecipientKey): Promise<string | null> {
  const { rows } = await client.query<{ tenant_id: string }>(
    `select tenant_id from campaign_sends where send_id = $1
     union all select tenant_id from emails where email_id = $1`,
    [sendId],
  );
  return rows[0]?.tenant_id ?? null;
}

async function insertReport(
  client: Queryable,
  { digest, report, recipient, receivedAt, source = "smtp" }: NewReport,
  tenantId: string | null,
): Promise<boolean> {
  const bounce = report.kind === "bounce" ? report : null;
  const { rowCount } = await client.query(
    `insert into inbound_reports (digest, tenant_id, send_id, contact_id, kind, bounce_class, enhanced_code,
       diagnostic, result, received_at, source)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'unmatched', $9, $10) on conflict (digest) do nothing`,
    [
      digest,
      tenantId,
      ...(tenantId === null ? [null, null] : [recipient?.sendId, recipient?.contactId]),
      report.kind,
      ...[bounce?.bounceClass, bounce?.enhancedCode, bounce?.diagnostic, receivedAt, source],
    ],
  );
  return rowCount === 1;
}

async function follow(
  client: Queryable,
  { report, receivedAt, occurredAt = receivedAt }: NewReport,
  { recipient, softBounces }: { recipient: TenantRecipient; softBounces: SoftBouncePolicy },
): Promise<"recorded" | "suppressed" | "ignored"> {
  switch (report.kind) {
    case "complaint": {
      const { suppressed } = await recordEvents(client, [eventOf("complaint", recipient, occurredAt)]);
      return suppressed > 0 ? "suppressed" : "recorded";
    }
    case "bounce": {
      await recordEvents(client, [eventOf("bounce", recipient, occurredAt)]);
      const email = await recordReturn(client, recipient, { ...report, returnedAt: occurredAt });
      if (email === null) return "recorded";
      const as = await causeOf(client, report, {
        tenantId: recipient.tenantId,
        email,
        receivedAt,
        softBounces,
      });
      if (as === null) return "recorded";
      await suppressBounced(client, recipient, { as, enhancedCode: report.enhancedCode });
      return "suppressed";
    }
    case "delay":
    case "auto-reply":
    case "other":
      return "ignored";
  }
}

/** Why the address is to be suppressed; null: it is not. */
async function causeOf(
  client: Queryable,
  { bounceClass }: Bounce,
  address: { tenantId: string; email: string; receivedAt: Date; softBounces: SoftBouncePolicy },
): Promise<"bounced" | "bounced-repeatedly" | null> {
  if (bounceClass === "hard") return "bounced";
  if (bounceClass !== "soft") return null;
  const { receivedAt: now, softBounces: policy } = address;
  return (await bouncesRepeatedly(client, address, { policy, now })) ? "bounced-repeatedly" : null;
}

function eventOf(
  kind: EmailEvent["kind"],
  { sendId, contactId }: RecipientKey,
  occurredAt: Date,
): EmailEvent {
  return { sendId, contactId, kind, occurredAt };
}

async function listReports(
  pool: pg.Pool,
  { tenantId, kind, source, before, limit }: ReportPage,
): Promise<StoredReport[]> {
  const { rows } = await pool.query<StoredReport>(
    `select report_id as "reportId", send_id as "sendId", contact_id as "contactId", kind, bounce_class as "bounceClass",
       enhanced_code as "enhancedCode", diagnostic, result, source, received_at as "receivedAt"
     from inbound_reports
     where tenant_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or source = $3)
       and ($4::bigint is null or report_id < $4)
     order by report_id desc limit $5`,
    [tenantId, kind ?? null, source ?? null, before ?? null, limit],
  );
  return rows;
}
