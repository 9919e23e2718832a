import { z } from "zod";
import {
  bouncesSchema,
  reportRefSchema,
  unmatchedSchema,
  type ReprocessedReport,
} from "../../client/bounces.js";
import { bounceClasses, inboundKinds, inboundResults, reportSources } from "../../domain/bounces.js";
import { operation } from "../operation.js";

const report = z.object({
  reportId: z.string(),
  kind: z.enum(inboundKinds),
  source: z.enum(reportSources),
  bounceClass: z.enum(bounceClasses).nullable(),
  enhancedCode: z.string().nullable(),
  diagnostic: z.string().nullable(),
  receivedAt: z.date(),
});
const matched = report.extend({ result: z.enum(inboundResults), sendId: z.string(), contactId: z.string() });
/** What it says itself, without a signature of ours. */
const claim = { claimedAddress: z.string().nullable(), claimedMessageId: z.string().nullable() };
const unmatched = report.extend({
  ...claim,
  guess: z.object({ tenantId: z.string(), sendId: z.string(), contactId: z.string() }).nullable(),
});
const detail = report.extend({
  ...{ result: z.enum(inboundResults), sendId: z.string().nullable(), contactId: z.string().nullable() },
  ...claim,
  /** Of the message that is kept, which `/raw` gives; null: none is. */
  rawBytes: z.number().nullable(),
});

/** What a message says, and what followed from it. */
export const takenReport = z.object({
  kind: z.enum(inboundKinds),
  bounceClass: z.enum(bounceClasses).optional(),
  enhancedCode: z.string().nullable().optional(),
  diagnostic: z.string().nullable().optional(),
  result: z.enum([...inboundResults, "unchanged"]),
});

const path = "/api/bounces";
const one = `${path}/:report_id`;
const ref = reportRefSchema.extend({ tenantId: reportRefSchema.shape.tenantId.default(null) });
const common = { resource: "bounces" } as const;

/** What is called `/unmatched` comes before what is called by its number. */
export const bounceOperations = [
  operation({
    ...common,
    ...{ id: "bounces.list", method: "get", path, level: "read" },
    summary: "Bounces, complaints and what else came back, newest first",
    input: bouncesSchema,
    output: matched,
    page: { cursor: "reportId", by: "before" },
    call: (floe, input) => floe.bounces.list(input),
  }),
  operation({
    ...common,
    ...{ id: "bounces.unmatched", method: "get", path: `${path}/unmatched`, level: "platform" },
    summary: "What carries no signature of ours, newest first, each with a guess for a person",
    input: unmatchedSchema,
    output: unmatched,
    page: { cursor: "reportId", by: "before" },
    call: (floe, input) => floe.bounces.unmatched(input),
  }),
  operation({
    ...common,
    ...{
      id: "bounces.reprocess_unmatched",
      method: "post",
      path: `${path}/unmatched/reprocess`,
      level: "platform",
    },
    summary: "Read all that is not matched again",
    input: z.strictObject({}),
    output: z.object({ read: z.number(), matched: z.number() }),
    call: (floe) => floe.bounces.reprocessUnmatched(),
  }),
  operation({
    ...common,
    ...{ id: "bounces.get", method: "get", path: one, level: "read" },
    summary: "One report; without a tenant, one that is not matched",
    input: ref,
    output: detail,
    call: async (floe, { tenantId = null, reportId }) => {
      const { raw, ...found } = await floe.bounces.get({ tenantId, reportId });
      return { ...found, rawBytes: raw?.length ?? null };
    },
  }),
  operation({
    ...common,
    ...{
      id: "bounces.reprocess",
      method: "post",
      path: `${one}/reprocess`,
      level: "write",
      edits: "bounces.get",
    },
    summary: "Read a kept message again, and do what follows from what is new",
    input: ref,
    output: takenReport,
    call: async (floe, { tenantId = null, reportId }) =>
      flat(await floe.bounces.reprocess({ tenantId, reportId })),
  }),
];

function flat({ report: said, result }: ReprocessedReport): z.output<typeof takenReport> {
  return { ...said, result };
}
