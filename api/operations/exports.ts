import { z } from "zod";
import { exportRefSchema, exportSchema, exportsQuerySchema, linkSchema } from "../../client/export-input.js";
import { exportKinds, exportStatuses } from "../../domain/exports.js";
import { operation } from "../operation.js";
import { createProblem, ProblemError } from "../problems.js";

const exportRow = z.object({
  exportId: z.string(),
  tenantId: z.string(),
  kind: z.enum(exportKinds),
  status: z.enum(exportStatuses),
  error: z.string().nullable(),
  fileUrl: z.string(),
  gzip: z.boolean(),
  raw: z.boolean(),
  columns: z.array(z.string()).nullable(),
  rowsTotal: z.number().nullable(),
  rowsWritten: z.number(),
  bytes: z.number(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  expiresAt: z.date().nullable(),
});

const path = "/api/exports";
const one = `${path}/:export_id`;
const look = { resource: "exports", level: "read" } as const;
const change = { resource: "exports", level: "write" } as const;

export const exportOperations = [
  operation({
    ...change,
    ...{ id: "exports.start", method: "post", path, status: 202 },
    summary: "Write contacts, sends, events or analytics to a CSV file",
    input: exportSchema,
    output: exportRow,
    call: async (floe, input, { principal }) => {
      // It is written there with the platform's rights, whosever bucket it is.
      if (principal.tenantId !== null && input.url !== undefined)
        throw new ProblemError(
          createProblem(403, "Only the platform's key may name s3:// URLs; leave url out."),
        );
      const { tenantId, exportId } = await floe.exports.start(input);
      return floe.exports.get({ tenantId, exportId });
    },
  }),
  operation({
    ...look,
    ...{ id: "exports.list", method: "get", path, page: { cursor: "exportId", by: "before" } },
    summary: "Exports, newest first",
    input: exportsQuerySchema,
    output: exportRow,
    call: (floe, input) => floe.exports.list(input),
  }),
  operation({
    ...look,
    ...{ id: "exports.get", method: "get", path: one },
    summary: "How an export stands",
    input: exportRefSchema,
    output: exportRow,
    call: (floe, input) => floe.exports.get(input),
  }),
  operation({
    ...change,
    ...{ id: "exports.link", method: "post", path: `${one}/link`, secret: true },
    summary: "A link to the file that works without a key, for a while",
    input: linkSchema,
    output: z.object({ url: z.string(), until: z.date() }),
    call: (floe, input) => floe.exports.link(input),
  }),
  operation({
    ...change,
    ...{ id: "exports.resume", method: "post", path: `${one}/resume`, status: 202, edits: "exports.get" },
    summary: "Take an export up again whose workflow was lost",
    input: exportRefSchema,
    output: exportRow,
    call: async (floe, input) => {
      await floe.exports.resume(input);
      return floe.exports.get(input);
    },
  }),
  operation({
    ...change,
    ...{ id: "exports.cancel", method: "delete", path: one, status: 202, edits: "exports.get" },
    summary: "Stop an export: no file comes to stand",
    input: exportRefSchema,
    output: z.object({ exportId: z.string(), cancelling: z.literal(true) }),
    call: async (floe, input) => {
      await floe.exports.cancel(input);
      return { exportId: input.exportId, cancelling: true as const };
    },
  }),
];
