import { Router, type Request, type Response } from "express";
import type { Readable } from "node:stream";
import { parseInput } from "../client/input.js";
import type { Import } from "../client/imports.js";
import type { AuditLog } from "../db/audit-log.js";
import { InvalidInput } from "../domain/errors.js";
import { allowed } from "./allowed.js";
import { admit } from "./admission.js";
import { auditing } from "./audited.js";
import { principalOf } from "./authenticate.js";
import { carryOut, changeOf } from "./operation-call.js";
import { tenantOf, type Input } from "./operation-input.js";
import { importRow, uploadInput } from "./operations/imports.js";
import { type Stream, type StreamPorts } from "./streams.js";
import { readUpload } from "./upload.js";
import { fromQuery, fromWire, toWire } from "./wire.js";

export interface UploadPorts extends StreamPorts {
  audit: Pick<AuditLog, "begin" | "finish">;
}

const path = "/api/imports";

export const upload = {
  ...{ id: "imports.upload", method: "post", path, resource: "imports", level: "write" },
  summary: "Import a CSV file, alone or in gzip or zip: the body itself, or the file of a form",
  input: uploadInput,
} as const satisfies Stream;

/**
 * The file is the body, or a form's (`multipart/form-data`); what is to be said of it stands in the query, or in fields before
 * the file. A body of JSON is `imports.start`.
 */
export function createUploadRoutes(ports: UploadPorts): Router {
  const router = Router();
  router.post(
    path,
    (request, _response, next) => next(isUpload(request) ? undefined : "route"),
    ...allowed(ports, upload),
    async (request, response) => {
      const row = await readUpload(request, (fields, content) =>
        begin(ports, { request, response, said: { ...request.query, ...fields } }, content),
      );
      response.status(202).location(`${path}/${row.importId}`).json(toWire(importRow, row));
    },
  );
  return router;
}

/** Takes as long as the file is large. */
export function isUpload(request: Request): boolean {
  return request.method === "POST" && request.path === path && !request.is("json");
}

async function begin(
  { floe, audit }: UploadPorts,
  { request, response, said }: { request: Request; response: Response; said: Record<string, unknown> },
  content: Readable,
): Promise<Import> {
  // It may be cut off before anybody reads it; whoever reads it then is told.
  content.on("error", () => undefined);
  const principal = principalOf(response);
  const input = readSaid(said);
  input.tenantId = tenantOf(input.tenantId, principal);
  const asked = { operation: upload, principal, input, request };
  const { tenantId } = input;
  await admit(floe.rateLimits, response, { limit: "leads-import", tenantId, user: input.userId });
  return carryOut(asked, () =>
    auditing(audit, changeOf(asked), async () => {
      const { userId, ...of } = parseInput(uploadInput, input);
      const { importId } = await floe.imports.upload({ ...of, user: userId }, content);
      return floe.imports.get({ tenantId: of.tenantId, importId });
    }),
  );
}

/** Query and form know text alone. */
function readSaid({ mapping, ...texts }: Record<string, unknown>): Input {
  const said = {
    ...fromQuery(uploadInput, texts),
    ...(mapping !== undefined && { mapping: parseMapping(mapping) }),
  };
  return fromWire(uploadInput, said) as Input;
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
