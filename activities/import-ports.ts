/** What importing contacts needs of the world. Adapter: `db/import-store`. */
import type { ContactRow } from "../domain/contact.js";
import type { ImportMapping } from "../domain/import-columns.js";
import type { ImportStatus } from "../domain/send-status.js";

/** A place between two rows of the file: where the next one begins. Lines count from 1, bytes from 0. */
export interface ImportPosition {
  line: number;
  byte: number;
}

/** How an import stands. Counts are of committed chunks only, so they are true after whatever happened. */
export interface ImportProgress {
  status: ImportStatus;
  /** Why it failed: one sentence; null otherwise. */
  error: string | null;
  /** Size of the file; null until it was opened. */
  totalBytes: number | null;
  processedBytes: number;
  rowsRead: number;
  /** Rows that became or updated a contact; the same address twice counts twice. */
  rowsImported: number;
  /** Contacts that did not exist before. */
  rowsCreated: number;
  rowsRefused: number;
}

export interface ImportPlan {
  importId: string;
  tenantId: string;
  /** A local path or URL, `floe://uploads/…`, or `s3://bucket/key`. */
  fileUrl: string;
  /** What the caller says that it is written in; null: to be found out. */
  encoding: string | null;
  /** Where it lies unpacked and in UTF-8; null: it was not looked at yet. */
  readUrl: string | null;
  /** Empty: to be inferred from the header. */
  mapping: ImportMapping;
  hasHeader: boolean;
  progress: ImportProgress;
  /** After the last committed chunk; null: nothing is committed yet. */
  resumeAt: ImportPosition | null;
  nextBatchNo: number;
}

export interface ImportRefusal {
  line: number;
  /** A contact's field, `col_n` of a column that is not imported, or null when the row as a whole is wrong. */
  field: string | null;
  reason: string;
  /** The row as it stands in the file, cut at 16,000 characters. */
  raw: string;
}

export interface ImportChunk {
  /** Counts from 0; a chunk is only accepted behind the one before. */
  batchNo: number;
  /** Behind its last row. */
  next: ImportPosition;
  /** Rows that were good, before those with the same address were merged. */
  rowsImported: number;
  /** From `mergeContacts`. Hands them over once and keeps none: what travels to the database need not stay in memory. */
  takeContacts(): ContactRow[];
  refusals: ImportRefusal[];
  /** Resolves when the chunk before is committed; when it rejects, this one must not be committed either. */
  predecessor: Promise<unknown>;
}

/** A file that can be read as CSV in UTF-8. */
export interface PreparedFile {
  readUrl: string;
  packing: "none" | "gzip" | "zip";
  encoding: string;
}

/** Adapter: `storage/import-source`. */
export interface ImportSources {
  /**
   * Fetches, unpacks and converts the file, as far as it needs that. Repeating it begins again.
   * @throws UnreadableFile
   */
  prepare(file: {
    importId: string;
    fileUrl: string;
    encoding: string | null;
    signal: AbortSignal;
  }): Promise<PreparedFile>;
  /** The path of a prepared file. */
  locate(readUrl: string): string;
  /** What preparing has written, and the file itself if it was uploaded. */
  remove(importId: string, fileUrl: string): Promise<void>;
}

/** The first record: what columns there are. */
export interface ImportHeader {
  totalBytes: number;
  mapping: ImportMapping;
  /** Null: the first row is a contact. */
  header: string[] | null;
  delimiter: string;
}

/** What an email at the end says, and to whom. */
export interface ImportNotice {
  importId: string;
  tenantId: string;
  email: string;
  from: string;
  progress: ImportProgress;
}

export type SendNotice = (notice: ImportNotice) => Promise<void>;

export interface ImportStore {
  /** @throws NotFound */
  loadPlan(importId: string): Promise<ImportPlan>;
  /** Where the file can be read. Guarded: an import that has ended stays as it is. */
  recordPrepared(importId: string, file: PreparedFile): Promise<void>;
  /** The file was opened and understood. Guarded likewise. */
  begin(importId: string, file: ImportHeader): Promise<void>;
  /**
   * Contacts, list, refusals, position and counts in one transaction, behind the chunk's predecessor. `ended`: the import
   * was cancelled meanwhile; `overtaken`: another attempt has committed this chunk. In both cases nothing was written.
   */
  commitChunk(importId: string, chunk: ImportChunk): Promise<"committed" | "ended" | "overtaken">;
  /** Ends a running import; one that has ended stays as it is. Returns how it stands. */
  finish(
    importId: string,
    end: { status: "completed" | "cancelled" } | { status: "failed"; error: string },
  ): Promise<ImportProgress>;
  /** Null when no email was asked for. @throws NotFound */
  loadNotice(importId: string): Promise<ImportNotice | null>;
  /** @throws NotFound */
  loadProgress(importId: string): Promise<ImportProgress>;
}
