import express, { Router, type Request } from "express";
import { reportMaxBytes, type Bounces, type ReportDetail, type UnmatchedReport } from "../client/bounces.js";
import type { InboundReport } from "../domain/bounces.js";
import { NotFound } from "../domain/errors.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";

export interface BounceRoutePorts {
  bounces: Bounces;
  apiToken: string | undefined;
}

const path = "/api/bounces";
const names = {
  ...{
    tenant_id: "tenantId",
    report_id: "reportId",
    kind: "kind",
    source: "source",
    before: "before",
    limit: "limit",
  },
};

/**
 * What came back, over HTTP, behind the token: `POST /api/bounces` takes a message (`message/rfc822`); `GET` lists a tenant's,
 * `/unmatched` what is nobody's; `GET /:id` tells one, `/:id/raw` gives its message, `POST /:id/reprocess` and `POST
 * /unmatched/reprocess` read again. Without `tenant_id`, an id is that of one which is not matched.
 */
export function createBounceRoutes({ bounces, apiToken }: BounceRoutePorts): Router {
  const router = Router();
  router.use(path, bearer(apiToken));
  router.post(
    path,
    express.raw({ type: "message/rfc822", limit: reportMaxBytes }),
    async (request, response) => {
      const raw: unknown = request.body;
      const { report, result } = await bounces.take(Buffer.isBuffer(raw) ? raw : Buffer.alloc(0));
      response.json({ ...withSnakeCase(report), result });
    },
  );
  router.get(path, async (request, response) => {
    const rows = await named(() => bounces.list(queryOf(request)));
    response.json({ reports: rows.map((row) => toJson(row)) });
  });
  router.get(`${path}/unmatched`, async (request, response) => {
    const rows = await named(() => bounces.unmatched(queryOf(request)));
    response.json({ reports: rows.map(unmatchedToJson) });
  });
  router.post(`${path}/unmatched/reprocess`, async (_request, response) => {
    response.json(await bounces.reprocessUnmatched());
  });
  router.get(`${path}/:id`, async (request, response) => {
    const { raw, ...report } = await named(() => bounces.get(refOf(request)));
    response.json({ ...toJson(report), ...claimOf(report), raw_bytes: raw?.length ?? null });
  });
  router.get(`${path}/:id/raw`, async (request, response) => {
    const { raw } = await named(() => bounces.get(refOf(request)));
    if (!raw) throw new NotFound("message of report", request.params.id);
    // Not to be shown in a page of ours: whatever came in is in it.
    response.type("message/rfc822").attachment(`report-${request.params.id}.eml`).send(raw);
  });
  router.post(`${path}/:id/reprocess`, async (request, response) => {
    const { report, result } = await named(() => bounces.reprocess(refOf(request)));
    response.json({ ...withSnakeCase(report), result });
  });
  return router;
}

function named<T>(call: () => Promise<T>): Promise<T> {
  return withNames(names, async () => call());
}

/** As the SDK calls it, which checks every value. */
function queryOf<T>(request: Request): T {
  const query = readNames(request.query, names);
  return { ...query, ...("limit" in query && { limit: Number(query.limit) }) } as T;
}

function refOf(request: Request<{ id: string }>): { tenantId: string | null; reportId: string } {
  return { tenantId: null, ...queryOf<object>(request as Request), reportId: request.params.id };
}

type Row = Omit<ReportDetail, "raw" | "claimedAddress" | "claimedMessageId">;

function toJson(report: Row) {
  return {
    ...{ ...whatToJson(report), result: report.result },
    ...{ send_id: report.sendId, contact_id: report.contactId },
  };
}

function unmatchedToJson(report: UnmatchedReport) {
  const { guess } = report;
  return {
    ...{ ...whatToJson(report), ...claimOf(report) },
    guess: guess && { tenant_id: guess.tenantId, send_id: guess.sendId, contact_id: guess.contactId },
  };
}

function whatToJson(report: Omit<Row, "sendId" | "contactId" | "result">) {
  return {
    ...{ report_id: report.reportId, kind: report.kind, source: report.source },
    bounce_class: report.bounceClass,
    ...{ enhanced_code: report.enhancedCode, diagnostic: report.diagnostic, received_at: report.receivedAt },
  };
}

function claimOf(report: Pick<ReportDetail, "claimedAddress" | "claimedMessageId">) {
  return { claimed_address: report.claimedAddress, claimed_message_id: report.claimedMessageId };
}

function withSnakeCase(report: InboundReport) {
  if (report.kind !== "bounce") return { kind: report.kind };
  const { kind, bounceClass, enhancedCode, diagnostic } = report;
  return { kind, bounce_class: bounceClass, enhanced_code: enhancedCode, diagnostic };
}
