import { z } from "zod";
import {
  dmarcDomainsSchema,
  dmarcRecordsSchema,
  dmarcReportRefSchema,
  dmarcReportsSchema,
  dmarcSummarySchema,
} from "../../client/dmarc.js";
import { dmarcDispositions } from "../../domain/dmarc.js";
import { operation } from "../operation.js";

const text = z.string().nullable();
const counts = { messages: z.number(), failing: z.number() };
const aligned = { dkimAligned: z.number(), spfAligned: z.number() };
const policy = z.object({
  ...{ p: z.string(), sp: text, np: text, pct: z.number().nullable(), adkim: text, aspf: text },
  isTesting: z.boolean(),
});

export const dmarcReport = z.object({
  ...{ reportId: z.string(), domain: z.string(), orgName: z.string(), email: text, reporterId: z.string() },
  ...{ beginsAt: z.date(), endsAt: z.date(), policy, records: z.number(), ...counts },
  ...{ source: z.enum(["upload", "mail"]), receivedAt: z.date() },
});
const result = z.object({ domain: z.string(), selector: text, result: z.string() });
const record = z.object({
  ...{ recordId: z.string(), sourceIp: z.string(), messages: z.number() },
  disposition: z.enum(dmarcDispositions),
  ...{ dkimAligned: z.boolean(), spfAligned: z.boolean(), headerFrom: z.string(), envelopeFrom: text },
  ...{ dkim: z.array(result), spf: z.array(result), reasons: z.array(z.string()) },
});
const summary = z.object({
  ...{ domain: z.string(), ...counts, policy: policy.nullable() },
  days: z.array(
    z.object({
      ...{ day: z.string(), ...counts, ...aligned },
      dispositions: z.object({
        ...{ none: z.number(), pass: z.number(), quarantine: z.number(), reject: z.number() },
      }),
    }),
  ),
  sources: z.array(
    z.object({ sourceIp: z.string(), ...counts, ...aligned, nodeId: text, passedFor: z.array(z.string()) }),
  ),
  sourceCount: z.number(),
  advice: z.array(z.object({ severity: z.enum(["critical", "warning", "info", "good"]), text: z.string() })),
});

const path = "/api/dmarc";
const look = { resource: "domains", level: "read", method: "get" } as const;

export const dmarcOperations = [
  operation({
    ...look,
    ...{ id: "dmarc.reports", path: `${path}/reports` },
    summary: "DMARC aggregate reports, newest first",
    input: dmarcReportsSchema,
    output: dmarcReport,
    page: { cursor: "reportId", by: "before" },
    call: (floe, query) => floe.dmarc.reports(query),
  }),
  operation({
    ...look,
    ...{ id: "dmarc.report", path: `${path}/reports/:report_id` },
    summary: "One report: who says it, of which days and which policy",
    input: dmarcReportRefSchema,
    output: dmarcReport,
    call: (floe, ref) => floe.dmarc.report(ref),
  }),
  operation({
    ...look,
    ...{ id: "dmarc.records", path: `${path}/reports/:report_id/records` },
    summary: "What a report says of each source, in its order",
    input: dmarcRecordsSchema,
    output: record,
    page: { cursor: "recordId", by: "after" },
    call: (floe, query) => floe.dmarc.records(query),
  }),
  operation({
    ...look,
    ...{ id: "dmarc.domains", path: `${path}/domains`, isList: true },
    summary: "Domains with reports of the last days, by name",
    input: dmarcDomainsSchema,
    output: z.object({ domain: z.string(), reports: z.number(), ...counts, lastReportAt: z.date() }),
    call: (floe, query) => floe.dmarc.domains(query),
  }),
  operation({
    ...look,
    ...{ id: "dmarc.summary", path: `${path}/domains/:domain` },
    summary:
      "What reports of the last days say of a domain: by day, by source (failing ones first), and what to do",
    input: dmarcSummarySchema,
    output: summary,
    call: (floe, query) => floe.dmarc.summary(query),
  }),
];
