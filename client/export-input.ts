import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { NewExport } from "../db/exports.js";
import { exportKinds, filtersOf, type ExportFilter } from "../domain/exports.js";
import { storedUrl } from "../storage/location.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

const timeSchema = z
  .string()
  .refine(
    (text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)),
    "is not an ISO date or time",
  )
  .transform((text) => new Date(text).toISOString());

const eventKinds = ["open", "click", "unsubscribe", "bounce", "complaint", "reply"] as const;

/** Relative, of plain names: no dots in front, no way out of the folder. */
const pathSchema = z
  .string()
  .max(200, "is longer than 200 characters")
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
    "must be a relative path of letters, digits, . _ and -, such as reports/november.csv",
  );

export const exportSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    kind: z.enum(exportKinds, `must be one of ${exportKinds.join(", ")}`),
    /** A UUID of the caller's own: a repeat is the same export. */
    exportId: uuidSchema.optional(),
    /** Id or name, here and below. Of contacts. */
    list: nameSchema.optional(),
    segment: nameSchema.optional(),
    /** Of sends and events. */
    sendId: uuidSchema.optional(),
    /** Of sends and analytics. */
    campaignId: uuidSchema.optional(),
    /** Of events. */
    eventKinds: z.array(z.enum(eventKinds)).min(1, "is empty").optional(),
    /** ISO dates or times: from the first, before the second. */
    from: timeSchema.optional(),
    to: timeSchema.optional(),
    /** True: also text that a spreadsheet would run as a formula stays as it is. */
    raw: z.boolean().default(false),
    /** Default: as the name of the file says. */
    gzip: z.boolean().optional(),
    /** Below the tenant's folder of exports; absent: a name of Floe's own. */
    path: pathSchema.optional(),
    /** `s3://bucket/key` instead of a path. */
    url: z.string().startsWith("s3://", "must be s3://bucket/key").optional(),
    /** Days for which the file is kept. */
    keepDays: z.int().min(1, "must be 1 to 365").max(365, "must be 1 to 365").default(7),
  })
  .superRefine((input, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    for (const field of filterFields) {
      if (input[field] !== undefined && !filtersOf[input.kind].includes(field))
        refuse(field, `does not apply to ${input.kind}; there it is ${filtersOf[input.kind].join(", ")}`);
    }
    if (input.path !== undefined && input.url !== undefined) refuse("url", "give either path or url");
    if (input.from !== undefined && input.to !== undefined && input.from >= input.to)
      refuse("to", "must be later than from");
  });
export type ExportInput = z.input<typeof exportSchema>;

const filterFields = ["list", "segment", "sendId", "campaignId", "eventKinds", "from", "to"] as const;

/** What was asked for, as it is written down. @throws InvalidInput */
export function exportRequest(input: ExportInput): NewExport {
  const { exportId = uuidv7(), ...asked } = parseInput(exportSchema, input);
  const { tenantId, kind, raw, keepDays } = asked;
  const gzip = asked.gzip ?? (asked.path ?? asked.url ?? "").endsWith(".gz");
  const path = asked.path ?? `${exportId}.csv${gzip ? ".gz" : ""}`;
  const fileUrl = asked.url ?? storedUrl("exports", `${tenantId}/${path}`);
  return { exportId, tenantId, kind, filter: filterOf(asked), raw, gzip, fileUrl, keepDays };
}

function filterOf(asked: Omit<z.output<typeof exportSchema>, "exportId">): ExportFilter {
  return Object.fromEntries(
    filterFields.filter((field) => asked[field] !== undefined).map((field) => [field, asked[field]]),
  );
}

export const exportRefSchema = z.strictObject({ tenantId: tenantIdSchema, exportId: uuidSchema });
export type ExportRef = z.input<typeof exportRefSchema>;

export const exportsQuerySchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Id of the last export of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type ExportsQuery = z.input<typeof exportsQuerySchema>;

const mostMinutes = 7 * 24 * 60;
export const linkSchema = exportRefSchema.extend({
  /** For how long the link works; never longer than the file stands. */
  minutes: z
    .int()
    .min(1, "must be at least 1")
    .max(mostMinutes, `must be at most ${mostMinutes}`)
    .default(60),
});
export type LinkInput = z.input<typeof linkSchema>;
