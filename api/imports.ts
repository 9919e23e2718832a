import express, { Router, type Request } from "express";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ImportInput, ImportRef, ImportsQuery, UploadInput } from "../client/import-input.js";
import type { Import, Imports } from "../client/imports.js";
import type { Leads, LeadsInput } from "../client/leads.js";
import type { RateLimits } from "../client/rate-limits.js";
import { InvalidInput } from "../domain/errors.js";
import { admit } from "./admission.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";
import { readUpload } from "./upload.js";

export interface ImportRoutePorts {
  imports: Imports;
  leads: Leads;
  rateLimits: Pick<RateLimits, "check">;
  apiToken: string | undefined;
}

const path = "/api/imports";
const leadsPath = "/api/queue/leads/import";
/** 100,000 leads of 300 bytes. */
const largestLeads = "32mb";

const names = {
  tenant_id: "tenantId",
  import_id: "importId",
  url: "fileUrl",
  mapping: "mapping",
  list: "list",
  has_header: "hasHeader",
  encoding: "encoding",
  user_id: "user",
  notify_email: "notifyEmail",
  notify_from: "notifyFrom",
};
const pageNames = { tenant_id: "tenantId", before: "before", limit: "limit" };
const leadsNames = {
  tenant_id: "tenantId",
  user_id: "user",
  import_id: "importId",
  leads: "leads",
  list: "list",
};

/**
 * Imports over HTTP. `POST /api/imports` takes the file itself as its body, or as a form's (`multipart/form-data`), with what
 * is to be said of it in the query or in fields before the file; or JSON that names an `s3://` URL. `GET /api/imports`,
 * `GET /api/imports/:id`, `DELETE` (cancel), `GET /api/imports/:id/refused.csv`; and `/api/queue/leads/import` for rows.
 */
export function createImportRoutes(ports: ImportRoutePorts): Router {
  const { imports, apiToken } = ports;
  const router = Router();
  router.use(path, bearer(apiToken));

  router.post(path, express.json(), async (request, response) => {
    await admit(ports.rateLimits, response, { limit: "leads-import", tenantId: tenantOf(request) });
    const { tenantId, importId } = await withNames(names, () => begin(imports, request));
    const row = await imports.get({ tenantId, importId });
    response.status(202).location(`${path}/${importId}?tenant_id=${tenantId}`).json(toJson(row));
  });

  router.get(path, async (request, response) => {
    const { limit, ...query } = readNames(request.query, pageNames);
    const page = { ...query, ...(limit !== undefined && { limit: Number(limit) }) };
    const rows = await withNames(pageNames, () => imports.list(page as unknown as ImportsQuery));
    response.json({ imports: rows.map(toJson) });
  });

  router.get(`${path}/:id`, async (request, response) => {
    response.json(toJson(await withNames(names, () => imports.get(refOf(request, request.params.id)))));
  });

  router.delete(`${path}/:id`, async (request, response) => {
    await withNames(names, () => imports.cancel(refOf(request, request.params.id)));
    response.status(202).json({ import_id: request.params.id, cancelling: true });
  });

  router.get(`${path}/:id/refused.csv`, async (request, response) => {
    const csv = await withNames(names, () => imports.refused(refOf(request, request.params.id)));
    response.type("text/csv").attachment(`refused-${request.params.id}.csv`);
    await pipeline(csv, response);
  });

  router.use(createLeadsRoutes(ports));
  return router;
}

function createLeadsRoutes({ leads, rateLimits, apiToken }: ImportRoutePorts): Router {
  const router = Router();
  router.use(leadsPath, bearer(apiToken));

  router.post(leadsPath, express.json({ limit: largestLeads }), async (request, response) => {
    const body = readNames(request.body, leadsNames);
    await admit(rateLimits, response, { limit: "leads-import", tenantId: body.tenantId, user: body.user });
    const { tenantId, importId } = await withNames(leadsNames, () =>
      leads.import(body as unknown as LeadsInput),
    );
    response
      .status(202)
      .location(`${leadsPath}?importId=${importId}&tenant_id=${tenantId}`)
      .json({ import_id: importId, tenant_id: tenantId });
  });

  router.get(leadsPath, async (request, response) => {
    response.json(
      toJson(await withNames(names, () => leads.progress(refOf(request, request.query.importId)))),
    );
  });

  router.delete(leadsPath, async (request, response) => {
    const ref = refOf(request, request.query.importId);
    await withNames(names, () => leads.cancel(ref));
    response.status(202).json({ import_id: ref.importId, cancelling: true });
  });
  return router;
}

/** Takes as long as the file is large. */
export function isUpload(request: Request): boolean {
  return request.method === "POST" && request.path === path && !request.is("json");
}

/** By what kind of body it is. */
async function begin(imports: Imports, request: Request): Promise<ImportRef> {
  if (request.is("json")) {
    const body = readNames(request.body, names);
    // Files of this machine are for those who may log in to it.
    if (typeof body.fileUrl !== "string" || !body.fileUrl.startsWith("s3://")) {
      const problem = "must be s3://bucket/key; a file is sent as the body of the request";
      throw new InvalidInput([{ field: "fileUrl", problem }]);
    }
    return imports.start(body as unknown as ImportInput);
  }
  return readUpload(request, (fields: Record<string, unknown>, content: Readable) => {
    const said = readNames({ ...request.query, ...fields }, names);
    return imports.upload(fromText(said) as unknown as UploadInput, content);
  });
}

/** Query and form know text alone. */
function fromText({ mapping, hasHeader, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...rest,
    ...(mapping !== undefined && { mapping: parseMapping(mapping) }),
    ...(hasHeader !== undefined && {
      hasHeader: hasHeader === "true" ? true : hasHeader === "false" ? false : hasHeader,
    }),
  };
}

function parseMapping(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw new InvalidInput([{ field: "mapping", problem: 'must be JSON, such as {"col_0":"email"}' }], {
      cause: error,
    });
  }
}

function tenantOf(request: Request): unknown {
  const body: unknown = request.body;
  if (typeof body === "object" && body !== null && "tenant_id" in body) return body.tenant_id;
  return request.query.tenant_id;
}

function refOf(request: Request, importId: unknown): ImportRef {
  const { tenant_id: tenantId } = request.query;
  return {
    tenantId: typeof tenantId === "string" ? tenantId : "",
    importId: typeof importId === "string" ? importId : "",
  };
}

function toJson(row: Import) {
  return {
    import_id: row.importId,
    tenant_id: row.tenantId,
    status: row.status,
    error: row.error,
    mapping: row.mapping,
    header: row.header,
    list_id: row.listId,
    encoding: row.encoding,
    packing: row.packing,
    total_bytes: row.totalBytes,
    processed_bytes: row.processedBytes,
    rows_read: row.rowsRead,
    rows_imported: row.rowsImported,
    rows_created: row.rowsCreated,
    rows_refused: row.rowsRefused,
    created_at: row.createdAt,
    started_at: row.startedAt,
    finished_at: row.finishedAt,
  };
}
