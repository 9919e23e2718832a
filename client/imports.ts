import { isAbsolute, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import type { ImportRefusal } from "../activities/import-ports.js";
import type { Import, ImportRows } from "../db/imports.js";
import type { ListStore } from "../db/lists.js";
import { Conflict, InvalidInput } from "../domain/errors.js";
import { checkMapping } from "../domain/import-columns.js";
import type { ImportWorkflow } from "./import-workflow.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

export type { Import } from "../db/imports.js";
export type { ImportRefusal } from "../activities/import-ports.js";

export const importSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    /** A path that the import worker can read; relative ones are resolved here. */
    path: z.string().min(1, "is empty").optional(),
    /** `file://` URL of the same. */
    fileUrl: z.string().min(1, "is empty").optional(),
    /** `{ col_0: "email", col_1: "attributes.city" }`; absent: taken from the header row. */
    mapping: z.record(z.string(), z.string()).optional(),
    /** A list's id or name; one of that name is made when there is none. */
    list: nameSchema.optional(),
    hasHeader: z.boolean().default(true),
    /** Who asks, as the tenant's own system calls its users: its progress is shown to them. */
    user: nameSchema.optional(),
  })
  .refine(({ path, fileUrl }) => (path === undefined) !== (fileUrl === undefined), {
    path: ["path"],
    message: "exactly one source is needed: give either path or fileUrl",
  })
  .superRefine(({ mapping }, context) => {
    for (const { field, problem } of mapping === undefined ? [] : checkMapping(mapping)) {
      context.addIssue({ code: "custom", path: field.split("."), message: problem });
    }
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

/** One running or finished import. */
export interface ImportHandle {
  tenantId: string;
  importId: string;
  progress(): Promise<Import>;
  /** Waits for the end. @throws Conflict when the import failed, with the reason. */
  result(): Promise<Import>;
  cancel(): Promise<void>;
}

export interface Imports {
  /** Also `contacts.import`. @throws InvalidInput, NotFound (tenant) */
  start(input: ImportInput): Promise<ImportHandle>;
  /** @throws NotFound */
  get(ref: ImportRef): Promise<Import>;
  /** Newest first. */
  list(query: ImportsQuery): Promise<Import[]>;
  /** Refused rows by line; the next page begins `after` the last line. @throws NotFound */
  refusals(query: RefusalsQuery): Promise<ImportRefusal[]>;
  /** Stops within a chunk; what was imported stays. @throws NotFound, Conflict when it has ended. */
  cancel(ref: ImportRef): Promise<void>;
  /** Takes an import up again whose workflow was terminated or lost. @throws NotFound, Conflict when it has ended. */
  resume(ref: ImportRef): Promise<void>;
}

export interface ImportPorts {
  rows: ImportRows;
  lists: Pick<ListStore, "createList">;
  workflow: ImportWorkflow;
}

/** Between two looks at an import whose workflow is not known (yet, or no longer). */
const pollMs = 300;

export function createImports({ rows, lists, workflow }: ImportPorts): Imports {
  async function load(ref: ImportRef): Promise<Import> {
    const { tenantId, importId } = parseInput(refSchema, ref);
    return rows.loadImport(tenantId, importId);
  }

  async function loadOpen(ref: ImportRef, what: string): Promise<Import> {
    const row = await load(ref);
    if (!hasEnded(row)) return row;
    const { importId, status } = row;
    throw new Conflict(`Import ${importId} is ${status}; it cannot be ${what}.`, { importId, status });
  }

  async function result(ref: ImportRef): Promise<Import> {
    for (let look = 0; ; look += 1) {
      // When its workflow has ended, so has the import, mostly.
      if (look > 1) await sleep(pollMs);
      const row = await load(ref);
      if (row.status === "failed")
        throw new Conflict(`The import failed: ${row.error ?? "no reason was kept"}`, { ...ref });
      if (hasEnded(row)) return row;
      await workflow.ended(row);
    }
  }

  const cancel = async (ref: ImportRef): Promise<void> => workflow.cancel(await loadOpen(ref, "cancelled"));

  return {
    async start(input) {
      const { tenantId, list, path, fileUrl, ...how } = parseInput(importSchema, input);
      if (list !== undefined && !uuidSchema.safeParse(list).success)
        await lists.createList({ tenantId, name: list });
      const { importId } = await rows.createImport({
        ...how,
        tenantId,
        fileUrl: toFileUrl({ path, fileUrl }),
        list,
      });
      const ref = { tenantId, importId };
      await workflow.start(ref);
      return { ...ref, progress: () => load(ref), result: () => result(ref), cancel: () => cancel(ref) };
    },
    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(listSchema, query);
      return rows.listImports(tenantId, page);
    },
    refusals: async (query) => {
      const { tenantId, importId, ...page } = parseInput(refusalsSchema, query);
      return rows.listRefusals(tenantId, importId, page);
    },
    cancel,
    resume: async (ref) => workflow.start(await loadOpen(ref, "resumed")),
  };
}

function hasEnded({ status }: Import): boolean {
  return status === "completed" || status === "cancelled" || status === "failed";
}

/** Always absolute: the worker that reads the file has another working directory. */
export function toFileUrl({
  path,
  fileUrl,
}: {
  path?: string | undefined;
  fileUrl?: string | undefined;
}): string {
  if (path !== undefined) return pathToFileURL(isAbsolute(path) ? path : resolve(path)).href;
  try {
    return pathToFileURL(fileURLToPath(fileUrl ?? "")).href;
  } catch (error) {
    const problem = "is not a file:// URL with an absolute path, such as file:///data/contacts.csv";
    throw new InvalidInput([{ field: "fileUrl", problem }], { cause: error });
  }
}
