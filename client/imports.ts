import { isAbsolute, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { attributeOf } from "../domain/attributes.js";
import { Conflict, InvalidInput } from "../domain/errors.js";
import type { ImportStatus } from "../domain/send-status.js";
import type { ImportWorkflow } from "./import-workflow.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

export interface ImportRow {
  importId: string;
  tenantId: string;
  fileUrl: string;
  status: ImportStatus;
  /** Why it failed, as a sentence. */
  error: string | null;
  totalBytes: number | null;
  processedBytes: number;
  rowsRead: number;
  rowsImported: number;
  rowsCreated: number;
  rowsRefused: number;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A row that was not imported, and why. */
export interface ImportRefusal {
  line: number;
  field: string | null;
  reason: string;
  /** Cut at 1,000 characters. */
  raw: string;
}

const fields = ["email", "first_name", "last_name", "name", "time_zone"];

const mappingSchema = z.record(
  z.string().regex(/^col_\d{1,3}$/, "is not a column; columns are named col_0, col_1, …"),
  z.string().refine((field) => fields.includes(field) || attributeOf(field) !== null, {
    error: `is not a field; use ${fields.join(", ")} or attributes.<name>`,
  }),
);

const importSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    /** A path that the import worker can read; relative ones are resolved here. */
    path: z.string().min(1, "is empty").optional(),
    /** `file://` URL of the same. */
    fileUrl: z.string().min(1, "is empty").optional(),
    /** `{ col_0: "email", col_1: "attributes.city" }`; absent: taken from the header row. */
    mapping: mappingSchema.optional(),
    /** A list's name; made when there is none. */
    list: nameSchema.optional(),
    hasHeader: z.boolean().default(true),
  })
  .refine(({ path, fileUrl }) => (path === undefined) !== (fileUrl === undefined), {
    path: ["path"],
    message: "exactly one source is needed: give either path or fileUrl",
  })
  .refine(({ mapping }) => mapping === undefined || Object.values(mapping).includes("email"), {
    path: ["mapping"],
    message: "names no column for email; every contact needs an address",
  })
  .refine(({ mapping, hasHeader }) => hasHeader || mapping !== undefined, {
    path: ["mapping"],
    message: 'is needed for a file without a header row, such as { col_0: "email" }',
  });
export type ImportInput = z.input<typeof importSchema>;

const refSchema = z.object({ tenantId: tenantIdSchema, importId: uuidSchema });
export type ImportRef = z.input<typeof refSchema>;

const listSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type ImportsQuery = z.input<typeof listSchema>;

const refusalsSchema = refSchema.extend({ after: z.int().min(0).default(0), limit: pageSizeSchema });
export type RefusalsQuery = z.input<typeof refusalsSchema>;

export interface NewImport {
  importId: string;
  tenantId: string;
  fileUrl: string;
  mapping: Record<string, string>;
  hasHeader: boolean;
  list?: string;
}

export interface ImportStore {
  /** @throws NotFound (tenant) */
  createImport(row: NewImport): Promise<void>;
  /** @throws NotFound */
  loadImport(tenantId: string, importId: string): Promise<ImportRow>;
  listImports(tenantId: string, page: { before?: string; limit: number }): Promise<ImportRow[]>;
  listRefusals(
    tenantId: string,
    importId: string,
    page: { after: number; limit: number },
  ): Promise<ImportRefusal[]>;
}

/** One running or finished import. */
export interface ImportHandle {
  tenantId: string;
  importId: string;
  progress(): Promise<ImportRow>;
  /** Waits for the end. @throws Conflict when the import failed, with the reason. */
  result(): Promise<ImportRow>;
  cancel(): Promise<void>;
}

export interface Imports {
  /** Also `contacts.import`. @throws InvalidInput, NotFound (tenant) */
  start(input: ImportInput): Promise<ImportHandle>;
  /** @throws NotFound */
  get(ref: ImportRef): Promise<ImportRow>;
  /** Newest first. */
  list(query: ImportsQuery): Promise<ImportRow[]>;
  /** Refused rows by line; the next page begins `after` the last line. @throws NotFound */
  refusals(query: RefusalsQuery): Promise<ImportRefusal[]>;
  /** Stops within a chunk; what was imported stays. @throws NotFound, Conflict when it has ended. */
  cancel(ref: ImportRef): Promise<void>;
}

const pollMs = 300;

export function createImports(store: ImportStore, workflow: ImportWorkflow): Imports {
  async function load(ref: ImportRef): Promise<ImportRow> {
    const { tenantId, importId } = parseInput(refSchema, ref);
    return store.loadImport(tenantId, importId);
  }

  async function result(ref: ImportRef): Promise<ImportRow> {
    for (;;) {
      const row = await load(ref);
      if (row.status === "failed")
        throw new Conflict(`The import failed: ${row.error ?? "no reason was kept"}`, { ...ref });
      if (hasEnded(row)) return row;
      await sleep(pollMs);
    }
  }

  async function cancel(ref: ImportRef): Promise<void> {
    const row = await load(ref);
    const stopped = !hasEnded(row) && (await workflow.cancel(row.importId));
    if (!stopped)
      throw new Conflict(`Import ${row.importId} is ${row.status}; it cannot be cancelled.`, { ...ref });
  }

  return {
    async start(input) {
      const { tenantId, list, mapping = {}, hasHeader, ...source } = parseInput(importSchema, input);
      const ref = { tenantId, importId: uuidv7() };
      const row = { ...ref, fileUrl: toFileUrl(source), mapping, hasHeader };
      await store.createImport(list === undefined ? row : { ...row, list });
      await workflow.start(ref);
      return { ...ref, progress: () => load(ref), result: () => result(ref), cancel: () => cancel(ref) };
    },
    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(listSchema, query);
      return store.listImports(tenantId, page);
    },
    refusals: async (query) => {
      const { tenantId, importId, ...page } = parseInput(refusalsSchema, query);
      await store.loadImport(tenantId, importId);
      return store.listRefusals(tenantId, importId, page);
    },
    cancel,
  };
}

function hasEnded({ status }: ImportRow): boolean {
  return status === "completed" || status === "cancelled" || status === "failed";
}

/** Always absolute: the worker that reads the file has another working directory. */
function toFileUrl({ path, fileUrl }: { path?: string | undefined; fileUrl?: string | undefined }): string {
  if (path !== undefined) return pathToFileURL(isAbsolute(path) ? path : resolve(path)).href;
  try {
    return pathToFileURL(fileURLToPath(fileUrl ?? "")).href;
  } catch (error) {
    const problem = "is not a file:// URL with an absolute path, such as file:///data/contacts.csv";
    throw new InvalidInput([{ field: "fileUrl", problem }], { cause: error });
  }
}
