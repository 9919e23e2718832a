import { z } from "zod";
import type { DmarcReportStore, StoredDmarcRecord, StoredDmarcReport } from "../db/dmarc-reports.js";
import type { DmarcDay, DmarcDomainTotals, DmarcSummaryReader } from "../db/dmarc-summary.js";
import { adviseOnDmarc, type DmarcAdvice, type DmarcSource } from "../domain/dmarc-advice.js";
import { isSameOrBelow, UnreadableReport, type DmarcPolicy, type DmarcReport } from "../domain/dmarc.js";
import { InvalidInput } from "../domain/errors.js";
import { readDmarcReport } from "../mail/dmarc/report.js";
import { domainRefSchema } from "./domain-checks.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { StoredDmarcRecord, StoredDmarcReport } from "../db/dmarc-reports.js";

const numberOfRow = (name: string) => z.string().regex(/^\d{1,18}$/, `must be the ${name} of a row`);
const daysSchema = z.int().min(1, "must be at least 1").max(400, "must be at most 400").default(30);

export const dmarcReportRefSchema = z.strictObject({
  tenantId: tenantIdSchema,
  reportId: numberOfRow("reportId"),
});
export type DmarcReportRef = z.input<typeof dmarcReportRefSchema>;

export const dmarcReportsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  domain: domainRefSchema.shape.domain.optional(),
  /** `reportId` of the last row of the page before. */
  before: numberOfRow("reportId").optional(),
  limit: pageSizeSchema,
});
export type DmarcReportsQuery = z.input<typeof dmarcReportsSchema>;

export const dmarcRecordsSchema = dmarcReportRefSchema.extend({
  /** `recordId` of the last row of the page before. */
  after: numberOfRow("recordId").optional(),
  limit: pageSizeSchema,
});
export type DmarcRecordsQuery = z.input<typeof dmarcRecordsSchema>;

export const dmarcDomainsSchema = z.strictObject({ tenantId: tenantIdSchema, days: daysSchema });
export const dmarcSummarySchema = domainRefSchema.extend({ days: daysSchema });
export type DmarcSummaryQuery = z.input<typeof dmarcSummarySchema>;

/** What reports say of a domain's mail, of the last days. */
export interface DmarcSummary {
  domain: string;
  messages: number;
  /** Aligned neither by DKIM nor by SPF. */
  failing: number;
  /** As the newest report has it. */
  policy: DmarcPolicy | null;
  /** Days with reports, oldest first. */
  days: DmarcDay[];
  /** The hundred that fail or send most, failing ones first. */
  sources: DmarcSource[];
  sourceCount: number;
  advice: DmarcAdvice[];
}

/** What mailbox providers say of mail that claims to come from a tenant's domains: DMARC aggregate reports. */
export interface Dmarc {
  /**
   * Takes a report, as XML, in gzip or in zip. What follows is committed when this resolves; the same report again changes
   * nothing (`created: false`). @throws InvalidInput (no report, damaged, too large, of no sender domain of the tenant)
   */
  import(input: { tenantId: string }, file: Uint8Array): Promise<StoredDmarcReport & { created: boolean }>;
  /** Newest first. */
  reports(query: DmarcReportsQuery): Promise<StoredDmarcReport[]>;
  /** @throws NotFound */
  report(ref: DmarcReportRef): Promise<StoredDmarcReport>;
  /** What a report says of each source. @throws NotFound */
  records(query: DmarcRecordsQuery): Promise<StoredDmarcRecord[]>;
  /** Domains with reports, by name. */
  domains(query: z.input<typeof dmarcDomainsSchema>): Promise<DmarcDomainTotals[]>;
  /** Empty where there is no report. */
  summary(query: DmarcSummaryQuery): Promise<DmarcSummary>;
}

const mostSources = 100;

export function createDmarc(store: DmarcReportStore, reader: DmarcSummaryReader): Dmarc {
  return {
    async import(input, file) {
      const tenantId = parseInput(tenantIdSchema, input.tenantId);
      const report = await read(file);
      requireOwn(report, await store.senderDomains(tenantId));
      return store.record({ tenantId, report, source: "upload" });
    },
    reports: async (query) => store.list(parseInput(dmarcReportsSchema, query)),
    report: async (ref) => store.get(parseInput(dmarcReportRefSchema, ref)),
    records: async (query) => store.records(parseInput(dmarcRecordsSchema, query)),
    domains: async (query) => reader.domains(parseInput(dmarcDomainsSchema, query)),
    summary: async (query) => summarise(reader, parseInput(dmarcSummarySchema, query)),
  };
}

async function read(file: Uint8Array): Promise<DmarcReport> {
  try {
    return await readDmarcReport(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error;
    throw new InvalidInput([{ field: "file", problem: `is not taken: ${error.message}` }], { cause: error });
  }
}

/** A policy counts below its domain, so that reports of that one are about its subdomains, too. */
function requireOwn({ domain }: DmarcReport, own: readonly string[]): void {
  if (own.some((one) => isSameOrBelow(one, domain) || isSameOrBelow(domain, one))) return;
  const known =
    own.length === 0
      ? "there is none yet"
      : `they are ${own.slice(0, 5).join(", ")}${own.length > 5 ? ", …" : ""}`;
  throw new InvalidInput([
    {
      field: "file",
      problem: `is about ${domain}, which is none of your sender domains (${known}); add a signing key for it, or have it looked at, first`,
    },
  ]);
}

async function summarise(
  reader: DmarcSummaryReader,
  key: z.output<typeof dmarcSummarySchema>,
): Promise<DmarcSummary> {
  const [days, { sources, count }, policy] = await Promise.all([
    reader.days(key),
    reader.sources({ ...key, limit: mostSources }),
    reader.policy(key),
  ]);
  const { domain } = key;
  const messages = days.reduce((sum, day) => sum + day.messages, 0);
  const failing = days.reduce((sum, day) => sum + day.failing, 0);
  const advice = adviseOnDmarc({ domain, messages, failing, policy, sources, days: days.length });
  return { domain, messages, failing, policy, days, sources, sourceCount: count, advice };
}
