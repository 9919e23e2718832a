import { z } from "zod";
import type { FloeCalls } from "../../client/assemble.js";
import {
  importRefSchema,
  importsQuerySchema,
  refusalsSchema,
  uploadSchema,
  type ImportRef,
} from "../../client/import-input.js";
import { parseInput } from "../../client/input.js";
import { importStatuses } from "../../domain/send-status.js";
import { operation } from "../operation.js";
import { createProblem, ProblemError } from "../problems.js";

export const importRow = z.object({
  importId: z.string(),
  tenantId: z.string(),
  status: z.enum(importStatuses),
  error: z.string().nullable(),
  source: z.enum(["file", "upload"]),
  mapping: z.record(z.string(), z.string()),
  hasHeader: z.boolean(),
  header: z.array(z.string()).nullable(),
  listId: z.string().nullable(),
  encoding: z.string().nullable(),
  packing: z.enum(["none", "gzip", "zip"]).nullable(),
  totalBytes: z.number().nullable(),
  processedBytes: z.number(),
  rowsRead: z.number(),
  rowsImported: z.number(),
  rowsCreated: z.number(),
  rowsRefused: z.number(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
const refusal = z.object({
  line: z.number(),
  field: z.string().nullable(),
  reason: z.string(),
  raw: z.string(),
});
export const cancelling = z.object({ importId: z.string(), cancelling: z.literal(true) });

const { user, ...fields } = uploadSchema.shape;
/** What may be said of a file that is sent. */
export const uploadInput = z.strictObject({ ...fields, userId: user });
const startInput = uploadInput.extend({
  url: z
    .string("must be s3://bucket/key; a file is sent as the body of the request")
    .startsWith("s3://", "must be s3://bucket/key; a file is sent as the body of the request"),
});

const path = "/api/imports";
const one = `${path}/:import_id`;
const look = { resource: "imports", level: "read" } as const;
const change = { resource: "imports", level: "write" } as const;

export const importOperations = [
  operation({
    ...change,
    ...{ id: "imports.start", method: "post", path, status: 202, limit: "leads-import" },
    summary: "Import a CSV file out of S3; a file of one's own is sent as the body instead, or in a form",
    input: startInput,
    output: importRow,
    call: async (floe, input, { principal }) => {
      const { url, userId, ...asked } = parseInput(startInput, input);
      // What lies there is fetched with the platform's rights, whosever it is.
      if (principal.tenantId !== null)
        throw new ProblemError(
          createProblem(403, "Only the platform's key may name s3:// URLs; send the file itself."),
        );
      const ref = await floe.imports.start({ ...asked, user: userId, fileUrl: url });
      return floe.imports.get(refOf(ref));
    },
  }),
  operation({
    ...look,
    ...{ id: "imports.list", method: "get", path, page: { cursor: "importId", by: "before" } },
    summary: "Imports, newest first",
    input: importsQuerySchema,
    output: importRow,
    call: (floe, input) => floe.imports.list(input),
  }),
  operation({
    ...look,
    ...{ id: "imports.get", method: "get", path: one },
    summary: "How an import stands",
    input: importRefSchema,
    output: importRow,
    call: (floe, input) => floe.imports.get(input),
  }),
  operation({
    ...look,
    ...{
      id: "imports.refusals",
      method: "get",
      path: `${one}/refusals`,
      page: { cursor: "line", by: "after" },
    },
    summary: "Rows that were refused, by line, with the reason",
    input: refusalsSchema,
    output: refusal,
    call: (floe, input) => floe.imports.refusals(input),
  }),
  operation({
    ...change,
    ...{ id: "imports.resume", method: "post", path: `${one}/resume`, status: 202, edits: "imports.get" },
    summary: "Take an import up again whose workflow was lost",
    input: importRefSchema,
    output: importRow,
    call: async (floe, input) => {
      await floe.imports.resume(input);
      return floe.imports.get(input);
    },
  }),
  operation({
    ...change,
    ...{ id: "imports.cancel", method: "delete", path: one, status: 202, edits: "imports.get" },
    summary: "Stop an import; what was imported stays",
    input: importRefSchema,
    output: cancelling,
    call: (floe, input) => cancel(floe, input),
  }),
];

export async function cancel(floe: FloeCalls, ref: ImportRef): Promise<z.output<typeof cancelling>> {
  await floe.imports.cancel(ref);
  return { importId: ref.importId, cancelling: true };
}

function refOf({ tenantId, importId }: ImportRef): ImportRef {
  return { tenantId, importId };
}
