import { setTimeout as sleep } from "node:timers/promises";
import type { Readable } from "node:stream";
import type { ObjectStore } from "../activities/object-ports.js";
import type { Export, ExportRows } from "../db/exports.js";
import { Conflict } from "../domain/errors.js";
import { exportFileName, exportHasEnded } from "../domain/exports.js";
import type { DownloadLinks } from "./download-links.js";
import {
  exportRefSchema,
  exportRequest,
  exportsQuerySchema,
  linkSchema,
  type ExportInput,
  type ExportRef,
  type ExportsQuery,
  type LinkInput,
} from "./export-input.js";
import type { ExportWorkflow } from "./export-workflow.js";
import { parseInput } from "./input.js";

export type { Export } from "../db/exports.js";

/** One running or finished export. */
export interface ExportHandle {
  tenantId: string;
  exportId: string;
  progress(): Promise<Export>;
  /** Waits for the end. @throws Conflict when the export failed, with the reason. */
  result(): Promise<Export>;
  cancel(): Promise<void>;
}

export interface Download {
  fileName: string;
  /** Bytes. */
  size: number;
  gzip: boolean;
  /** Read it to its end or destroy it. */
  content: Readable;
}

export interface Exports {
  /** Writes a CSV file as a durable job. @throws InvalidInput, NotFound (tenant, list, segment), Conflict (the file) */
  start(input: ExportInput): Promise<ExportHandle>;
  /** @throws NotFound */
  get(ref: ExportRef): Promise<Export>;
  /** Newest first. */
  list(query: ExportsQuery): Promise<Export[]>;
  /** No file comes to stand. @throws NotFound, Conflict when it has ended. */
  cancel(ref: ExportRef): Promise<void>;
  /** Takes an export up again whose workflow was terminated or lost. @throws NotFound, Conflict when it has ended. */
  resume(ref: ExportRef): Promise<void>;
  /** @throws NotFound, also for a file that is not on this machine; Conflict unless it is completed */
  download(ref: ExportRef): Promise<Download>;
  /** A link for whoever may have the file, without a key. @throws NotFound, Conflict, ConfigInvalid */
  link(input: LinkInput): Promise<{ url: string; until: Date }>;
}

export interface ExportPorts {
  rows: ExportRows;
  workflow: ExportWorkflow;
  objects: Pick<ObjectStore, "stat" | "open">;
  links: Pick<DownloadLinks, "sign">;
}

/** Between two looks at an export whose workflow is not known (yet, or no longer). */
const pollMs = 300;

export function createExports({ rows, workflow, objects, links }: ExportPorts): Exports {
  async function load(ref: ExportRef): Promise<Export> {
    const { tenantId, exportId } = parseInput(exportRefSchema, ref);
    return rows.loadExport(tenantId, exportId);
  }

  async function loadOpen(ref: ExportRef, what: string): Promise<Export> {
    const row = await load(ref);
    if (!exportHasEnded(row.status)) return row;
    throw new Conflict(`Export ${row.exportId} is ${row.status}; it cannot be ${what}.`, {
      exportId: row.exportId,
    });
  }

  async function loadCompleted(ref: ExportRef): Promise<Export> {
    const row = await load(ref);
    if (row.status === "completed") return row;
    const why =
      row.status === "expired" ? "its file has been removed; export again" : "there is no file to fetch";
    throw new Conflict(`Export ${row.exportId} is ${row.status}: ${why}.`, { exportId: row.exportId });
  }

  async function result(ref: ExportRef): Promise<Export> {
    for (let look = 0; ; look += 1) {
      // When its workflow has ended, so has the export, mostly.
      if (look > 1) await sleep(pollMs);
      const row = await load(ref);
      if (row.status === "failed")
        throw new Conflict(`The export failed: ${row.error ?? "no reason was kept"}`, { ...ref });
      if (exportHasEnded(row.status)) return row;
      await workflow.ended(row);
    }
  }

  const cancel = async (ref: ExportRef): Promise<void> => workflow.cancel(await loadOpen(ref, "cancelled"));

  return {
    async start(input) {
      const request = exportRequest(input);
      const { tenantId, exportId, kind } = request;
      await rows.createExport(request);
      const ref = { tenantId, exportId };
      await workflow.start({ ...ref, kind });
      return { ...ref, progress: () => load(ref), result: () => result(ref), cancel: () => cancel(ref) };
    },
    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(exportsQuerySchema, query);
      return rows.listExports(tenantId, page);
    },
    cancel,
    resume: async (ref) => workflow.start(await loadOpen(ref, "resumed")),
    async download(ref) {
      const { fileUrl, kind, createdAt, gzip } = await loadCompleted(ref);
      const { size } = await objects.stat(fileUrl);
      return {
        fileName: exportFileName(kind, createdAt, gzip),
        size,
        gzip,
        content: await objects.open(fileUrl),
      };
    },
    async link(input) {
      const { minutes, ...ref } = parseInput(linkSchema, input);
      const { expiresAt } = await loadCompleted(ref);
      const wanted = Date.now() + minutes * 60_000;
      const until = new Date(Math.min(wanted, expiresAt?.getTime() ?? wanted));
      return { url: links.sign({ ...ref, until }), until };
    },
  };
}
