import { createHash } from "node:crypto";
import { z } from "zod";
import type { ReportStore, StoredReport } from "../db/inbound-reports.js";
import { inboundKinds, reportSources, type InboundReport, type InboundResult } from "../domain/bounces.js";
import { ConfigInvalid, InvalidInput } from "../domain/errors.js";
import { readReport } from "../mail/inbound/report.js";
import { createTokens } from "../mail/tracking-token.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { StoredReport } from "../db/inbound-reports.js";

/** A report returns a message at most; what is longer was not written by a mail system. */
export const reportMaxBytes = 10 * 1024 * 1024;

const pageSchema = z.strictObject({
  tenantId: tenantIdSchema,
  kind: z.enum(inboundKinds).optional(),
  source: z.enum(reportSources).optional(),
  /** `reportId` of the last row of the page before. */
  before: z
    .string()
    .regex(/^\d{1,19}$/, "must be the reportId of a row")
    .optional(),
  limit: pageSizeSchema,
});
export type BouncesQuery = z.input<typeof pageSchema>;

export interface TakenReport {
  report: InboundReport;
  result: InboundResult;
}

export interface Bounces {
  /**
   * Takes one message that came to a return path, as its bytes. What follows from it is committed when this resolves; the
   * same bytes again change nothing. @throws InvalidInput (empty, too long), ConfigInvalid (FLOE_SECRET is not known here)
   */
  take(raw: Uint8Array): Promise<TakenReport>;
  /** A tenant's reports, newest first. @throws InvalidInput */
  list(query: BouncesQuery): Promise<StoredReport[]>;
}

export function createBounces(store: ReportStore, secret: string | undefined): Bounces {
  return {
    take: (raw) => take(store, secret, raw),
    list: async (query) => store.listReports(parseInput(pageSchema, query)),
  };
}

async function take(store: ReportStore, secret: string | undefined, raw: Uint8Array): Promise<TakenReport> {
  if (secret === undefined) {
    throw new ConfigInvalid([
      { field: "FLOE_SECRET", problem: "is not set; whose mail came back is signed with it" },
    ]);
  }
  if (raw.length === 0)
    throw new InvalidInput([{ field: "report", problem: "is empty; give the whole message" }]);
  if (raw.length > reportMaxBytes) {
    throw new InvalidInput([{ field: "report", problem: `is longer than ${reportMaxBytes} bytes` }]);
  }
  const { report, recipient } = await readReport(raw, createTokens(secret));
  const digest = createHash("sha256").update(raw).digest();
  const result = await store.recordReport({ digest, report, recipient, receivedAt: new Date() });
  return { report, result };
}
