import type pg from "pg";
import {
  alarmingDays,
  dayOf,
  isAlarming,
  type DmarcCounts,
  type DmarcPolicy,
  type DmarcRecord,
  type DmarcReport,
} from "../domain/dmarc.js";
import { NotFound } from "../domain/errors.js";
import { transaction, type Queryable } from "./pool.js";

export type DmarcSourceWay = "upload" | "mail";

export interface StoredDmarcReport {
  reportId: string;
  domain: string;
  orgName: string;
  email: string | null;
  reporterId: string;
  beginsAt: Date;
  endsAt: Date;
  policy: DmarcPolicy;
  records: number;
  messages: number;
  /** Aligned neither by DKIM nor by SPF. */
  failing: number;
  source: DmarcSourceWay;
  receivedAt: Date;
}

export type StoredDmarcRecord = DmarcRecord & { recordId: string };

export interface NewDmarcReport {
  tenantId: string;
  report: DmarcReport;
  source: DmarcSourceWay;
}

export interface ListedReports {
  tenantId: string;
  domain?: string | undefined;
  before?: string | undefined;
  limit: number;
}

export interface DmarcReportStore {
  /** With all that follows; the same report again changes nothing (`created: false`). */
  record(report: NewDmarcReport): Promise<StoredDmarcReport & { created: boolean }>;
  /** Domains that mail of the tenant comes from: with a signing key, or looked at. */
  senderDomains(tenantId: string): Promise<string[]>;
  /** Newest first. */
  list(page: ListedReports): Promise<StoredDmarcReport[]>;
  /** @throws NotFound */
  get(ref: { tenantId: string; reportId: string }): Promise<StoredDmarcReport>;
  /** In the report's order. @throws NotFound */
  records(page: {
    tenantId: string;
    reportId: string;
    after?: string | undefined;
    limit: number;
  }): Promise<StoredDmarcRecord[]>;
}

export function createDmarcReportStore(pool: pg.Pool): DmarcReportStore {
  const get: DmarcReportStore["get"] = async ({ tenantId, reportId }) => {
    const { rows } = await pool.query<StoredDmarcReport>(
      `select ${columns} from dmarc_reports where tenant_id = $1 and report_id = $2`,
      [tenantId, reportId],
    );
    const [row] = rows;
    if (!row) throw new NotFound("DMARC report", reportId);
    return row;
  };
  return {
    get,
    record: (report) => transaction(pool, (client) => recordDmarcReport(client, report)),
    async senderDomains(tenantId) {
      const { rows } = await pool.query<{ domain: string }>(
        `select domain from dkim_keys where tenant_id = $1 union select domain from domain_checks where tenant_id = $1
         order by domain`,
        [tenantId],
      );
      return rows.map(({ domain }) => domain);
    },
    async list({ tenantId, domain, before, limit }) {
      const { rows } = await pool.query<StoredDmarcReport>(
        `select ${columns} from dmarc_reports
         where tenant_id = $1 and ($2::text is null or domain = $2) and ($3::bigint is null or report_id < $3)
         order by report_id desc limit $4`,
        [tenantId, domain ?? null, before ?? null, limit],
      );
      return rows;
    },
    async records({ tenantId, reportId, after, limit }) {
      await get({ tenantId, reportId });
      const { rows } = await pool.query<StoredDmarcRecord>(
        `select record_id as "recordId", host(source_ip) as "sourceIp", messages::float8 as messages, disposition,
           dkim_aligned as "dkimAligned", spf_aligned as "spfAligned", header_from as "headerFrom",
           envelope_from as "envelopeFrom", dkim, spf, reasons
         from dmarc_records where tenant_id = $1 and report_id = $2 and ($3::bigint is null or record_id > $3)
         order by record_id limit $4`,
        [tenantId, reportId, after ?? null, limit],
      );
      return rows;
    },
  };
}

const columns = `report_id as "reportId", domain, org_name as "orgName", email, reporter_id as "reporterId",
  begins_at as "beginsAt", ends_at as "endsAt", policy, records, messages::float8 as messages,
  failing::float8 as failing, source, received_at as "receivedAt"`;

/** `DmarcReportStore.record`, inside a transaction. */
export async function recordDmarcReport(
  client: Queryable,
  { tenantId, report, source }: NewDmarcReport,
): Promise<StoredDmarcReport & { created: boolean }> {
  const { domain, records } = report;
  // One after the other for a domain: of two that make its mail alarming together, the second sees it.
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `dmarc ${tenantId} ${domain}`,
  ]);
  const { messages, failing } = countsOf(records);
  const { rows } = await client.query<StoredDmarcReport>(
    `insert into dmarc_reports (tenant_id, domain, org_name, email, reporter_id, begins_at, ends_at, policy, records,
       messages, failing, source)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (tenant_id, domain, org_name, reporter_id) do nothing returning ${columns}`,
    [
      ...[tenantId, domain, report.orgName, report.email, report.reporterId, report.beginsAt, report.endsAt],
      ...[JSON.stringify(report.policy), records.length, messages, failing, source],
    ],
  );
  const [row] = rows;
  if (!row) return { ...(await findSame(client, tenantId, report)), created: false };
  const before = await countAlarming(client, tenantId, report);
  await insertRecords(client, { tenantId, reportId: row.reportId, report });
  await tell(client, tenantId, row);
  const after = await countAlarming(client, tenantId, report);
  if (isAlarming(after) && !isAlarming(before)) await notify(client, { tenantId, domain, counts: after });
  return { ...row, created: true };
}

function countsOf(records: readonly DmarcRecord[]): DmarcCounts {
  const counts = { messages: 0, failing: 0 };
  for (const { messages, dkimAligned, spfAligned } of records) {
    counts.messages += messages;
    if (!dkimAligned && !spfAligned) counts.failing += messages;
  }
  return counts;
}

async function findSame(
  client: Queryable,
  tenantId: string,
  report: DmarcReport,
): Promise<StoredDmarcReport> {
  const { rows } = await client.query<StoredDmarcReport>(
    `select ${columns} from dmarc_reports where tenant_id = $1 and domain = $2 and org_name = $3 and reporter_id = $4`,
    [tenantId, report.domain, report.orgName, report.reporterId],
  );
  const [row] = rows;
  if (!row) throw new NotFound("DMARC report", report.reporterId);
  return row;
}

/** Of one statement. */
const page = 5_000;

async function insertRecords(
  client: Queryable,
  { tenantId, reportId, report }: { tenantId: string; reportId: string; report: DmarcReport },
): Promise<void> {
  for (let from = 0; from < report.records.length; from += page) {
    const rows = report.records.slice(from, from + page);
    await client.query(
      `insert into dmarc_records (report_id, tenant_id, domain, day, source_ip, messages, disposition, dkim_aligned,
         spf_aligned, header_from, envelope_from, dkim, spf, reasons)
       select $1, $2, $3, $4, r.source_ip::inet, r.messages, r.disposition, r.dkim_aligned, r.spf_aligned, r.header_from,
         r.envelope_from, r.dkim, r.spf, array(select jsonb_array_elements_text(r.reasons))
       from unnest($5::text[], $6::bigint[], $7::text[], $8::bool[], $9::bool[], $10::text[], $11::text[], $12::jsonb[],
         $13::jsonb[], $14::jsonb[])
         as r (source_ip, messages, disposition, dkim_aligned, spf_aligned, header_from, envelope_from, dkim, spf, reasons)`,
      [
        ...[reportId, tenantId, report.domain, dayOf(report)],
        ...[rows.map((r) => r.sourceIp), rows.map((r) => r.messages), rows.map((r) => r.disposition)],
        ...[rows.map((r) => r.dkimAligned), rows.map((r) => r.spfAligned)],
        ...[rows.map((r) => r.headerFrom), rows.map((r) => r.envelopeFrom)],
        rows.map((r) => JSON.stringify(r.dkim)),
        rows.map((r) => JSON.stringify(r.spf)),
        rows.map((r) => JSON.stringify(r.reasons)),
      ],
    );
  }
}

/** Of the days up to the newest that is known, which an older report does not move. */
async function countAlarming(client: Queryable, tenantId: string, report: DmarcReport): Promise<DmarcCounts> {
  const { rows } = await client.query<DmarcCounts>(
    `with newest as (
       select greatest($3::date, (select max(day) from dmarc_records where tenant_id = $1 and domain = $2)) as day
     )
     select coalesce(sum(messages), 0)::float8 as messages,
       coalesce(sum(messages) filter (where not dkim_aligned and not spf_aligned), 0)::float8 as failing
     from dmarc_records r, newest
     where r.tenant_id = $1 and r.domain = $2 and r.day > newest.day - $4::int`,
    [tenantId, report.domain, dayOf(report), alarmingDays],
  );
  return rows[0] ?? { messages: 0, failing: 0 };
}

async function tell(client: Queryable, tenantId: string, row: StoredDmarcReport): Promise<void> {
  await client.query(
    `insert into webhook_events (tenant_id, type, key, data)
     select $1, t.type, $2, $3::jsonb
     from unnest((select webhook_types_wanted($1, '{dmarc.report_received}'))::text[]) as t (type)`,
    [
      tenantId,
      `dmarc/${row.reportId}`,
      JSON.stringify({
        ...{ report_id: row.reportId, domain: row.domain, org_name: row.orgName },
        ...{ begins_at: row.beginsAt, ends_at: row.endsAt, messages: row.messages, failing: row.failing },
      }),
    ],
  );
}

async function notify(
  client: Queryable,
  { tenantId, domain, counts }: { tenantId: string; domain: string; counts: DmarcCounts },
): Promise<void> {
  const share = Math.round((100 * counts.failing) / counts.messages);
  await client.query(
    `insert into notifications (tenant_id, kind, severity, subject_id, title, text)
     values ($1, 'dmarc.failing', 'warning', $2, $3, $4)`,
    [
      ...[tenantId, domain, `${share} % of the mail as ${domain} fails DMARC`],
      `${counts.failing} of ${counts.messages} messages within ${alarmingDays} days pass neither DKIM nor SPF. ` +
        "Which sources they come from, and what to do, stands at the domain.",
    ],
  );
}
