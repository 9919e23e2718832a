import { z } from "zod";
import { checkMapping } from "../domain/import-columns.js";
import { isKnownEncoding } from "../storage/encoding.js";
import { addressSchema, nameSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

/** What every import may say, wherever its rows come from. */
const commonFields = {
  tenantId: tenantIdSchema,
  /** A UUID of the caller's own: a repeat is the same import. */
  importId: uuidSchema.optional(),
  /** `{ col_0: "email", col_1: "attributes.city" }`; absent: taken from the header row. */
  mapping: z.record(z.string(), z.string()).optional(),
  /** A list's id or name; one of that name is made when there is none. */
  list: nameSchema.optional(),
  hasHeader: z.boolean().default(true),
  /** What the file is written in, such as windows-1252; absent: found out. */
  encoding: z
    .string()
    .refine(
      isKnownEncoding,
      "is not known; give one such as utf-8, windows-1252 or shift_jis, or leave it out",
    )
    .optional(),
  /** Who asks, as the tenant's own system calls its users: its progress is shown to them. */
  user: nameSchema.optional(),
  /** Gets an email at the end. */
  notifyEmail: addressSchema.optional(),
  /** Whom that email comes from. */
  notifyFrom: addressSchema.optional(),
};

interface Common {
  mapping?: Record<string, string> | undefined;
  hasHeader: boolean;
  notifyEmail?: string | undefined;
  notifyFrom?: string | undefined;
}

function checkCommon(
  { mapping, hasHeader, notifyEmail, notifyFrom }: Common,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string): void =>
    context.addIssue({ code: "custom", path: path.split("."), message });
  for (const { field, problem } of mapping === undefined ? [] : checkMapping(mapping)) refuse(field, problem);
  if (!hasHeader && mapping === undefined) {
    refuse("mapping", 'is needed for a file without a header row, such as { col_0: "email" }');
  }
  if ((notifyEmail === undefined) !== (notifyFrom === undefined)) {
    refuse(notifyEmail === undefined ? "notifyEmail" : "notifyFrom", "is missing; the two come together");
  }
}

export const importSchema = z
  .strictObject({
    ...commonFields,
    /** A path that the import worker can read; relative ones are resolved here. */
    path: z.string().min(1, "is empty").optional(),
    /** `file://` URL of the same, or `s3://bucket/key`. */
    fileUrl: z.string().min(1, "is empty").optional(),
  })
  .refine(({ path, fileUrl }) => (path === undefined) !== (fileUrl === undefined), {
    path: ["path"],
    message: "exactly one source is needed: give either path or fileUrl",
  })
  .superRefine(checkCommon);
export type ImportInput = z.input<typeof importSchema>;

export const uploadSchema = z.strictObject(commonFields).superRefine(checkCommon);
export type UploadInput = z.input<typeof uploadSchema>;

export const importRefSchema = z.object({ tenantId: tenantIdSchema, importId: uuidSchema });
export type ImportRef = z.input<typeof importRefSchema>;

export const importsQuerySchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type ImportsQuery = z.input<typeof importsQuerySchema>;

export const refusedSchema = importRefSchema.extend({
  /** True: values as they are, to be imported again. False: what a spreadsheet would run is made plain text. */
  raw: z.boolean().default(false),
});
export type RefusedInput = z.input<typeof refusedSchema>;

export const refusalsSchema = importRefSchema.extend({
  after: z.int().min(0).default(0),
  limit: pageSizeSchema,
});
export type RefusalsQuery = z.input<typeof refusalsSchema>;
