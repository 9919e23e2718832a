import { createHash } from "node:crypto";
import { z } from "zod";
import type { ReportDetail, StoredReport, UnmatchedReport } from "../db/inbound-lists.js";
import type { ReportStore } from "../db/inbound-reports.js";
import type { ReadRaw, ReprocessResult } from "../db/inbound-reprocessing.js";
import { inboundKinds, reportSources, type InboundReport, type InboundResult } from "../domain/bounces.js";
import { ConfigInvalid, Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { readReport } from "../mail/inbound/report.js";
import { createReturnPaths } from "../mail/return-path.js";
import { createTokens } from "../mail/tracking-token.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { ReportDetail, StoredReport, UnmatchedReport } from "../db/inbound-lists.js";

/** A report returns a message at most; what is longer was not written by a mail system. */
export const reportMaxBytes = 10 * 1024 * 1024;

const reportIdSchema = z.string().regex(/^\d{1,18}$/, "must be the reportId of a row");
export const bouncesSchema = z.strictObject({
  tenantId: tenantIdSchema,
  kind: z.enum(inboundKinds).optional(),
  source: z.enum(reportSources).optional(),
  /** `reportId` of the last row of the page before. */
  before: reportIdSchema.optional(),
  limit: pageSizeSchema,
});
export type BouncesQuery = z.input<typeof bouncesSchema>;

export const unmatchedSchema = bouncesSchema.omit({ tenantId: true, kind: true, source: true }).extend({
  /** Short pages: for each report every tenant's mail is asked whom it may be about. */
  limit: z.int().min(1, "must be at least 1").max(100, "must be at most 100").default(25),
});
export type UnmatchedQuery = z.input<typeof unmatchedSchema>;

export const reportRefSchema = z.strictObject({
  /** Null: one that is not matched, and so is no tenant's. */
  tenantId: tenantIdSchema.nullable(),
  reportId: reportIdSchema,
});
export type ReportRef = z.input<typeof reportRefSchema>;

export interface TakenReport {
  report: InboundReport;
  result: InboundResult;
}

export interface ReprocessedReport {
  report: InboundReport;
  result: ReprocessResult;
}

export interface Bounces {
  /**
   * Takes one message that came back, as its bytes. What follows from it is committed when this resolves; the
   * same bytes again change nothing. @throws InvalidInput (empty, too long), ConfigInvalid (FLOE_SECRET is not known here)
   */
  take(raw: Uint8Array): Promise<TakenReport>;
  /** A tenant's reports, newest first. @throws InvalidInput */
  list(query: BouncesQuery): Promise<StoredReport[]>;
  /** Reports that carry no signature of ours, newest first, each with a guess for a person. @throws InvalidInput */
  unmatched(query?: UnmatchedQuery): Promise<UnmatchedReport[]>;
  /** With the message itself, while it is kept. @throws InvalidInput, NotFound */
  get(report: ReportRef): Promise<ReportDetail>;
  /**
   * Reads a kept message again, by what this version knows, and does what follows from what is new; again changes nothing.
   * @throws InvalidInput, NotFound, Conflict (the message is no longer kept), ConfigInvalid
   */
  reprocess(report: ReportRef): Promise<ReprocessedReport>;
  /** The same for all that are not matched. @throws ConfigInvalid */
  reprocessUnmatched(): Promise<{ read: number; matched: number }>;
}

export function createBounces(store: ReportStore, secret: string | undefined): Bounces {
  return {
    take: async (raw) => take(store, readerOf(secret), raw),
    list: async (query) => store.listReports(parseInput(bouncesSchema, query)),
    unmatched: async (query = {}) => store.listUnmatched(parseInput(unmatchedSchema, query)),
    get: async (report) => store.loadReport(parseInput(reportRefSchema, report)),
    reprocess: async (report) => store.reprocess(parseInput(reportRefSchema, report), readerOf(secret)),
    reprocessUnmatched: async () => reprocessUnmatched(store, readerOf(secret)),
  };
}

function readerOf(secret: string | undefined): ReadRaw {
  if (secret === undefined) {
    throw new ConfigInvalid([
      { field: "FLOE_SECRET", problem: "is not set; whose mail came back is signed with it" },
    ]);
  }
  const signatures = { tokens: createTokens(secret), returnPaths: createReturnPaths(secret) };
  return (raw) => readReport(raw, signatures);
}

async function take(store: ReportStore, read: ReadRaw, given: Uint8Array): Promise<TakenReport> {
  if (given.length === 0)
    throw new InvalidInput([{ field: "report", problem: "is empty; give the whole message" }]);
  if (given.length > reportMaxBytes) {
    throw new InvalidInput([{ field: "report", problem: `is longer than ${reportMaxBytes} bytes` }]);
  }
  const raw = Buffer.from(given);
  const { report, ...about } = await read(raw);
  const digest = createHash("sha256").update(raw).digest();
  const result = await store.recordReport({ digest, report, ...about, raw, receivedAt: new Date() });
  return { report, result };
}

const pageSize = 100;

async function reprocessUnmatched(
  store: ReportStore,
  read: ReadRaw,
): Promise<{ read: number; matched: number }> {
  const done = { read: 0, matched: 0 };
  let after = "0";
  for (;;) {
    const page = await store.findUnmatched({ after, limit: pageSize });
    for (const reportId of page) {
      const result = await reprocessOne(store, read, reportId);
      done.read += 1;
      if (result !== "unchanged" && result !== "unmatched") done.matched += 1;
    }
    after = page.at(-1) ?? after;
    if (page.length < pageSize) return done;
  }
}

/** Somebody else may have matched it meanwhile, or its message may have become too old. */
async function reprocessOne(store: ReportStore, read: ReadRaw, reportId: string): Promise<ReprocessResult> {
  try {
    return (await store.reprocess({ tenantId: null, reportId }, read)).result;
  } catch (error) {
    if (error instanceof NotFound || error instanceof Conflict) return "unchanged";
    throw error;
  }
}
