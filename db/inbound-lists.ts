import type pg from "pg";
import type { BounceClass, InboundReport, InboundResult, ReportSource } from "../domain/bounces.js";
import { NotFound } from "../domain/errors.js";
import { loadRaw, type ReportKey } from "./inbound-raw.js";

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

/** A report that carries no signature of ours, with what it says itself. */
export interface UnmatchedReport extends Omit<StoredReport, "sendId" | "contactId" | "result"> {
  claimedAddress: string | null;
  claimedMessageId: string | null;
  /**
   * The last message that any tenant sent to that address within 30 days before. For a person to judge: the report may be
   * made up, and nothing follows from it.
   */
  guess: { tenantId: string; sendId: string; contactId: string } | null;
}

export interface ReportPage {
  tenantId: string;
  kind?: InboundReport["kind"] | undefined;
  source?: ReportSource | undefined;
  /** Id of the last row of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface ReportDetail extends Omit<StoredReport, "sendId" | "contactId"> {
  sendId: string | null;
  contactId: string | null;
  claimedAddress: string | null;
  claimedMessageId: string | null;
  /** The message, its first MiB; null when it was not kept, or no longer is. */
  raw: Buffer | null;
}

export interface ReportLists {
  /** Newest first. */
  listReports(page: ReportPage): Promise<StoredReport[]>;
  /** Newest first. */
  listUnmatched(page: Omit<ReportPage, "tenantId" | "kind" | "source">): Promise<UnmatchedReport[]>;
  /** @throws NotFound */
  loadReport(key: ReportKey): Promise<ReportDetail>;
}

export function createReportLists(pool: pg.Pool): ReportLists {
  return {
    listReports: (page) => listReports(pool, page),
    listUnmatched: (page) => listUnmatched(pool, page),
    loadReport: (key) => loadReport(pool, key),
  };
}

const columns = `i.report_id as "reportId", i.kind, i.bounce_class as "bounceClass", i.enhanced_code as "enhancedCode",
  i.diagnostic, i.source, i.received_at as "receivedAt"`;

async function listReports(
  pool: pg.Pool,
  { tenantId, kind, source, before, limit }: ReportPage,
): Promise<StoredReport[]> {
  const { rows } = await pool.query<StoredReport>(
    `select ${columns}, i.send_id as "sendId", i.contact_id as "contactId", i.result
     from inbound_reports i
     where i.tenant_id = $1 and ($2::text is null or i.kind = $2) and ($3::text is null or i.source = $3)
       and ($4::bigint is null or i.report_id < $4)
     order by i.report_id desc limit $5`,
    [tenantId, kind ?? null, source ?? null, before ?? null, limit],
  );
  return rows;
}

async function listUnmatched(
  pool: pg.Pool,
  { before, limit }: Omit<ReportPage, "tenantId" | "kind" | "source">,
): Promise<UnmatchedReport[]> {
  const { rows } = await pool.query<UnmatchedReport>(
    `select ${columns}, i.claimed_address as "claimedAddress", i.claimed_message_id as "claimedMessageId",
       case when g.tenant_id is not null then
         jsonb_build_object('tenantId', g.tenant_id, 'sendId', g.send_id, 'contactId', g.contact_id::text) end as guess
     from (
       select * from inbound_reports
       where result = 'unmatched' and ($1::bigint is null or report_id < $1)
       order by report_id desc limit $2
     ) i
     left join lateral (
       select t.tenant_id, m.send_id, m.contact_id
       from tenants t
       cross join lateral (
         (select s.send_id, r.contact_id, r.settled_at
          from contacts c
          join campaign_sends s on s.tenant_id = c.tenant_id and s.created_at > i.received_at - interval '30 days'
          join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
            and r.contact_id = c.contact_id
          where c.tenant_id = t.tenant_id and c.email = i.claimed_address and r.status = 'sent'
            and r.settled_at <= i.received_at
          order by r.settled_at desc limit 1)
         union all
         (select e.email_id, e.position, e.settled_at
          from email_recipients e
          where e.tenant_id = t.tenant_id and e.email = i.claimed_address and e.status = 'sent'
            and e.settled_at between i.received_at - interval '30 days' and i.received_at
          order by e.settled_at desc limit 1)
       ) m
       where i.claimed_address is not null
       order by m.settled_at desc limit 1
     ) g on true
     order by i.report_id desc`,
    [before ?? null, limit],
  );
  return rows;
}

async function loadReport(pool: pg.Pool, key: ReportKey): Promise<ReportDetail> {
  const { rows } = await pool.query<Omit<ReportDetail, "raw">>(
    `select ${columns}, i.send_id as "sendId", i.contact_id as "contactId", i.result,
       i.claimed_address as "claimedAddress", i.claimed_message_id as "claimedMessageId"
     from inbound_reports i where i.report_id = $1 and i.tenant_id is not distinct from $2`,
    [key.reportId, key.tenantId],
  );
  if (!rows[0]) throw new NotFound("report", key.reportId);
  return { ...rows[0], raw: await loadRaw(pool, key) };
}
