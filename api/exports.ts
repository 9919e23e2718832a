import { Router, type NextFunction, type Request, type Response } from "express";
import type { DownloadLinks } from "../client/download-links.js";
import { exportRefSchema, type ExportRef } from "../client/export-input.js";
import type { Download } from "../client/exports.js";
import { asTenant } from "../db/tenant-pool.js";
import { allowed } from "./allowed.js";
import { createProblem, ProblemError } from "./problems.js";
import { look, sendStream, type Stream, type StreamPorts } from "./streams.js";

export interface DownloadPorts extends StreamPorts {
  links: Pick<DownloadLinks, "verify">;
}

export const exportDownload = {
  ...{ id: "exports.download", method: "get", path: "/api/exports/:export_id/download" },
  ...{ resource: "exports", level: "read" },
  summary: "The file of an export that is completed; by a key, or by a link's signature",
  input: exportRefSchema,
} as const satisfies Stream;

/** A file is fetched by who has a link, whoever they are; or by who may, without a link. */
export function createExportDownload(ports: DownloadPorts): Router {
  const { exports } = ports.floe;
  const router = Router();
  router.get(
    exportDownload.path,
    (request: Request, _response: Response, next: NextFunction) =>
      next(hasLink(request) ? "route" : undefined),
    ...allowed(ports, exportDownload),
    async (request, response) => {
      const file = await look(exportDownload, { request, response }, (input) =>
        exports.download(input as ExportRef),
      );
      await send(file, request, response);
    },
  );
  router.get(exportDownload.path, async (request, response) => {
    const ref = grantedBy(ports.links, request);
    await send(await asTenant(ref.tenantId, () => exports.download(ref)), request, response);
  });
  return router;
}

function hasLink({ query }: Request): boolean {
  return query.signature !== undefined || query.until !== undefined;
}

/** @throws ProblemError unless the link holds */
function grantedBy(links: Pick<DownloadLinks, "verify">, { query, params }: Request): ExportRef {
  const { tenant_id: tenantId, until, signature } = query;
  const ref = {
    tenantId: typeof tenantId === "string" ? tenantId : "",
    exportId: String(params.export_id),
  };
  const grant = { ...ref, until: new Date(Number(until) * 1_000) };
  const verdict = links.verify(grant, typeof signature === "string" ? signature : "");
  if (verdict === "valid") return ref;
  const why =
    verdict === "expired"
      ? "The time of this link has passed. Ask for a new one."
      : "This link is not complete, or was changed. Ask for a new one.";
  throw new ProblemError(createProblem(403, why));
}

async function send(
  { fileName, size, gzip, content }: Download,
  request: Request,
  response: Response,
): Promise<void> {
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
  await sendStream(content, response);
}
