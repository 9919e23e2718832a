import express, { Router, type Request, type Response } from "express";
import { pipeline } from "node:stream/promises";
import type { DownloadLinks } from "../client/download-links.js";
import type { ExportInput, ExportRef, ExportsQuery, LinkInput } from "../client/export-input.js";
import type { Export, Exports } from "../client/exports.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";
import { createProblem, sendProblem } from "./problems.js";

export interface ExportRoutePorts {
  exports: Exports;
  links: Pick<DownloadLinks, "verify">;
  apiToken: string | undefined;
}

const path = "/api/exports";
const names = {
  tenant_id: "tenantId",
  export_id: "exportId",
  kind: "kind",
  list: "list",
  segment: "segment",
  send_id: "sendId",
  campaign_id: "campaignId",
  event_kinds: "eventKinds",
  from: "from",
  to: "to",
  raw: "raw",
  gzip: "gzip",
  path: "path",
  url: "url",
  keep_days: "keepDays",
};
const pageNames = { tenant_id: "tenantId", before: "before", limit: "limit" };
const linkNames = { tenant_id: "tenantId", minutes: "minutes" };

/**
 * Exports over HTTP: `POST` and `GET /api/exports`, `GET` and `DELETE /api/exports/:id?tenant_id=` (how it stands; cancel),
 * `POST /api/exports/:id/link`; and `GET /api/exports/:id/download`, which needs no token but a link's signature.
 */
export function createExportRoutes({ exports, links, apiToken }: ExportRoutePorts): Router {
  const router = Router();
  router.get(`${path}/:id/download`, (request, response) => download({ exports, links }, request, response));
  router.use(path, bearer(apiToken));

  router.post(path, express.json(), async (request, response) => {
    const body = readNames(request.body, names);
    const { tenantId, exportId } = await withNames(names, () =>
      exports.start(body as unknown as ExportInput),
    );
    const row = await exports.get({ tenantId, exportId });
    response.status(202).location(`${path}/${exportId}?tenant_id=${tenantId}`).json(toJson(row));
  });

  router.get(path, async (request, response) => {
    const { limit, ...query } = readNames(request.query, pageNames);
    const page = { ...query, ...(limit !== undefined && { limit: Number(limit) }) };
    const rows = await withNames(pageNames, () => exports.list(page as unknown as ExportsQuery));
    response.json({ exports: rows.map(toJson) });
  });

  router.get(`${path}/:id`, async (request, response) => {
    response.json(toJson(await withNames(names, () => exports.get(refOf(request)))));
  });

  router.delete(`${path}/:id`, async (request, response) => {
    await withNames(names, () => exports.cancel(refOf(request)));
    response.status(202).json({ export_id: refOf(request).exportId, cancelling: true });
  });

  router.post(`${path}/:id/link`, express.json(), async (request, response) => {
    const body = readNames(request.body ?? {}, linkNames);
    const input = { ...body, exportId: String(request.params.id) } as LinkInput;
    const { url, until } = await withNames({ ...linkNames, export_id: "exportId" }, () =>
      exports.link(input),
    );
    response.json({ url, until });
  });
  return router;
}

async function download(
  { exports, links }: Pick<ExportRoutePorts, "exports" | "links">,
  request: Request,
  response: Response,
): Promise<void> {
  const ref = refOf(request);
  const { until, signature } = request.query;
  const grant = { ...ref, until: new Date(Number(until) * 1_000) };
  const verdict = links.verify(grant, typeof signature === "string" ? signature : "");
  if (verdict !== "valid") {
    const why =
      verdict === "expired"
        ? "The time of this link has passed. Ask for a new one."
        : "This link is not complete, or was changed. Ask for a new one.";
    return sendProblem(request, response, createProblem(403, why));
  }
  const { fileName, size, gzip, content } = await exports.download(ref);
  response.set({
    "Content-Type": gzip ? "application/gzip" : "text/csv; charset=utf-8",
    "Content-Length": String(size),
    "Content-Disposition": `attachment; filename="${fileName}"`,
    "Cache-Control": "private, no-store",
  });
  if (request.method === "HEAD") {
    content.destroy();
    response.end();
    return;
  }
  await pipeline(content, response).catch((error: unknown) => {
    // Whoever fetched it has gone: nobody is left to be told.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

function refOf(request: Request): ExportRef {
  const { tenant_id: tenantId } = request.query;
  return { tenantId: typeof tenantId === "string" ? tenantId : "", exportId: String(request.params.id) };
}

function toJson(row: Export) {
  return {
    export_id: row.exportId,
    tenant_id: row.tenantId,
    kind: row.kind,
    status: row.status,
    error: row.error,
    file_url: row.fileUrl,
    gzip: row.gzip,
    raw: row.raw,
    columns: row.columns,
    rows_total: row.rowsTotal,
    rows_written: row.rowsWritten,
    bytes: row.bytes,
    created_at: row.createdAt,
    started_at: row.startedAt,
    finished_at: row.finishedAt,
    expires_at: row.expiresAt,
  };
}
