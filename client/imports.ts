import { isAbsolute, resolve } from "node:path";
import { pipeline, Transform, type Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";
import type { ObjectStore } from "../activities/object-ports.js";
import type { ImportRefusal } from "../activities/import-ports.js";
import type { Import, ImportRows, NewImport } from "../db/imports.js";
import type { ListStore } from "../db/lists.js";
import { Conflict, FloeError, InvalidInput } from "../domain/errors.js";
import { parseLocation, storedUrl } from "../storage/location.js";
import type { ImportWorkflow } from "./import-workflow.js";
import {
  importRefSchema,
  importSchema,
  importsQuerySchema,
  refusalsSchema,
  refusedSchema,
  uploadSchema,
  type ImportInput,
  type ImportRef,
  type ImportsQuery,
  type RefusalsQuery,
  type RefusedInput,
  type UploadInput,
} from "./import-input.js";
import { parseInput, uuidSchema } from "./input.js";
import { refusedRowsCsv } from "./refused-rows.js";

export type { ImportInput } from "./import-input.js";
export type { Import } from "../db/imports.js";
export type { ImportRefusal } from "../activities/import-ports.js";

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
  /**
   * Imports what is streamed here: kept where the workers read it before the call resolves. CSV, alone or in gzip or zip.
   * @throws InvalidInput, also when it is larger than allowed; NotFound (tenant); the content's own error
   */
  upload(input: UploadInput, content: Readable): Promise<ImportHandle>;
  /** @throws NotFound */
  get(ref: ImportRef): Promise<Import>;
  /** Newest first. */
  list(query: ImportsQuery): Promise<Import[]>;
  /** Refused rows by line; the next page begins `after` the last line. @throws NotFound */
  refusals(query: RefusalsQuery): Promise<ImportRefusal[]>;
  /** The same rows as a CSV file with line, field, reason and the row's own columns: mended, it can be imported. @throws NotFound */
  refused(input: RefusedInput): Promise<Readable>;
  /** Stops within a chunk; what was imported stays. @throws NotFound, Conflict when it has ended. */
  cancel(ref: ImportRef): Promise<void>;
  /** Takes an import up again whose workflow was terminated or lost. @throws NotFound, Conflict when it has ended. */
  resume(ref: ImportRef): Promise<void>;
}

export interface ImportPorts {
  rows: ImportRows;
  lists: Pick<ListStore, "createList">;
  workflow: ImportWorkflow;
  objects: Pick<ObjectStore, "write" | "remove">;
  /** Of an upload at most. */
  maxBytes: number;
}

/** Between two looks at an import whose workflow is not known (yet, or no longer). */
const pollMs = 300;

export function createImports({ rows, lists, workflow, objects, maxBytes }: ImportPorts): Imports {
  async function load(ref: ImportRef): Promise<Import> {
    const { tenantId, importId } = parseInput(importRefSchema, ref);
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

  /** The row, then its workflow: a call that died between them is repeated, or the stalled-job detector mends it. */
  async function begin(request: NewImport): Promise<ImportHandle> {
    const { tenantId, list } = request;
    if (list !== undefined && !uuidSchema.safeParse(list).success)
      await lists.createList({ tenantId, name: list });
    const { importId } = await rows.createImport(request);
    const ref = { tenantId, importId };
    await workflow.start(ref);
    return { ...ref, progress: () => load(ref), result: () => result(ref), cancel: () => cancel(ref) };
  }

  return {
    async start(input) {
      const { path, fileUrl, ...asked } = parseInput(importSchema, input);
      return begin({ ...toRequest(asked), fileUrl: toFileUrl({ path, fileUrl }) });
    },
    async upload(input, content) {
      const asked = parseInput(uploadSchema, input);
      // A name of its own: what is sent again under the same import id must not touch the file that is being read.
      const fileUrl = storedUrl("uploads", `${uuidv7()}.upload`);
      await objects.write(fileUrl, limited(content, maxBytes));
      try {
        const begun = await begin({ ...toRequest(asked), fileUrl, source: "upload" });
        if ((await load(begun)).fileUrl !== fileUrl) await objects.remove(fileUrl);
        return begun;
      } catch (error) {
        if (error instanceof FloeError && error.kind !== "Unavailable") await objects.remove(fileUrl);
        throw error;
      }
    },
    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(importsQuerySchema, query);
      return rows.listImports(tenantId, page);
    },
    refusals: async (query) => {
      const { tenantId, importId, ...page } = parseInput(refusalsSchema, query);
      return rows.listRefusals(tenantId, importId, page);
    },
    refused: async (input) => {
      const { raw, tenantId, importId } = parseInput(refusedSchema, input);
      return refusedRowsCsv(rows, await rows.loadImport(tenantId, importId), raw);
    },
    cancel,
    resume: async (ref) => workflow.start(await loadOpen(ref, "resumed")),
  };
}

function toRequest(asked: z.output<typeof uploadSchema>): Omit<NewImport, "fileUrl"> {
  const { notifyEmail, notifyFrom, ...request } = asked;
  if (notifyEmail === undefined || notifyFrom === undefined) return request;
  return { ...request, notify: { email: notifyEmail, from: notifyFrom } };
}

/** Ends with InvalidInput once too many bytes have come. */
function limited(content: Readable, maxBytes: number): Readable {
  let bytes = 0;
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) return done(null, chunk);
      const problem = `is larger than ${Math.floor(maxBytes / 1e6)} MB`;
      done(new InvalidInput([{ field: "file", problem }]));
    },
  });
  pipeline(content, guard, () => undefined);
  return guard;
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
  if (fileUrl?.startsWith("s3://")) {
    parseLocation(fileUrl);
    return fileUrl;
  }
  if (path !== undefined) return pathToFileURL(isAbsolute(path) ? path : resolve(path)).href;
  try {
    return pathToFileURL(fileURLToPath(fileUrl ?? "")).href;
  } catch (error) {
    const problem =
      "must be s3://bucket/key, or a file:// URL with an absolute path such as file:///data/contacts.csv";
    throw new InvalidInput([{ field: "fileUrl", problem }], { cause: error });
  }
}
