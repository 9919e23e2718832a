import { z } from "zod";
import { tenantIdSchema } from "../../client/input.js";
import { contactsDownload, recipientsDownload, refusedDownload } from "../csv-downloads.js";
import { dmarcUpload } from "../dmarc.js";
import { exportDownload } from "../exports.js";
import { upload } from "../imports.js";
import { importRow } from "../operations/imports.js";
import { dmarcReport } from "../operations/dmarc.js";
import { takenReport } from "../operations/bounces.js";
import { needsOf } from "../openapi/rights.js";
import type { Stream } from "../streams.js";
import { json, type DocumentedRoute } from "./route.js";

const doors = ["key", "session"] as const;
const csv = { description: "The file.", content: { "text/csv": null } };

const take = { id: "bounces.take", method: "post", path: "/api/bounces", resource: "bounces" } as const;
const raw = { id: "bounces.raw", method: "get", resource: "bounces" } as const;

/** What is read or answered as a stream of bytes. */
export const streamRoutes: readonly DocumentedRoute[] = [
  { ...of(contactsDownload), answers: { 200: csv } },
  { ...of(recipientsDownload), answers: { 200: csv } },
  { ...of(refusedDownload), answers: { 200: csv } },
  {
    ...of(exportDownload),
    doors: [...doors, "nobody"],
    input: exportDownload.input.extend({
      until: z.string().optional(),
      signature: z.string().optional(),
    }),
    answers: {
      200: { description: "The file.", content: { "text/csv": null, "application/gzip": null } },
    },
  },
  {
    ...of(upload),
    // In a query it is a text.
    input: upload.input.extend({ mapping: z.string().optional() }),
    body: {
      "text/csv": null,
      "application/gzip": null,
      "application/zip": null,
      "multipart/form-data": upload.input.extend({ file: z.string() }),
    },
    answers: { 202: { ...json(importRow), headers: ["Location"] } },
  },
  {
    ...of(dmarcUpload),
    body: {
      ...{ "application/gzip": null, "application/zip": null, "text/xml": null },
      "multipart/form-data": dmarcUpload.input.extend({ file: z.string() }),
    },
    answers: {
      200: json(dmarcReport, "It is known."),
      201: { ...json(dmarcReport), headers: ["Location"] },
    },
  },
  {
    ...{ ...take, tag: take.resource, doors, description: needsOf({ ...take, level: "platform" }) },
    summary: "Take a message that came back: it says itself whose it is",
    body: { "message/rfc822": null },
    answers: { 200: json(takenReport) },
  },
  {
    ...{ ...raw, path: "/api/bounces/:report_id/raw", tag: raw.resource, doors },
    ...{ description: needsOf({ ...raw, level: "read" }), summary: "The message of a report that is kept" },
    input: z.object({ reportId: z.string(), tenantId: tenantIdSchema.optional() }),
    answers: { 200: { description: "The message.", content: { "message/rfc822": null } } },
  },
];

function of(stream: Stream): Pick<DocumentedRoute, "id" | "path" | "summary" | "tag" | "doors"> & {
  method: "get" | "post";
  input: z.ZodType;
  description: string;
} {
  const { id, path, summary, resource: tag, input } = stream;
  const method = stream.method === "get" ? "get" : "post";
  return { id, method, path, summary, tag, doors, input, description: needsOf(stream) };
}
