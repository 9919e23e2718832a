/** What exporting data needs of the world. Adapters: `db/export-store`, `db/export-sources`, `storage/`. */
import type { Readable } from "node:stream";
import type { ExportFilter, ExportKind, ExportStatus } from "../domain/exports.js";

export interface ExportProgress {
  status: ExportStatus;
  /** Why it failed: one sentence; null otherwise. */
  error: string | null;
  /** Null until they were counted. */
  rowsTotal: number | null;
  rowsWritten: number;
  /** Of the file, so behind compression. */
  bytes: number;
}

export interface ExportPlan {
  exportId: string;
  tenantId: string;
  kind: ExportKind;
  filter: ExportFilter;
  raw: boolean;
  gzip: boolean;
  fileUrl: string;
  progress: ExportProgress;
}

export interface ExportSource {
  columns: string[];
  rowsTotal: number;
  /** UTF-8 with a header, as of one moment. */
  csv: Readable;
}

export interface ExportSources {
  /** @throws NotFound for what the filter names */
  open(plan: ExportPlan): Promise<ExportSource>;
}

/** One attempt at an export; the latest to begin owns it. */
export interface ExportOwner {
  exportId: string;
  token: string;
}

export interface ExportStore {
  /** @throws NotFound */
  loadPlan(exportId: string): Promise<ExportPlan>;
  /** Takes the export from any attempt before. @returns false: it has ended meanwhile */
  begin(owner: ExportOwner, source: Pick<ExportSource, "columns" | "rowsTotal">): Promise<boolean>;
  /** @returns false: the export has ended, or is another attempt's */
  report(owner: ExportOwner, written: Pick<ExportProgress, "rowsWritten" | "bytes">): Promise<boolean>;
  /** The file stands. @returns false: the export had ended, or is another attempt's; nothing was changed */
  complete(owner: ExportOwner, written: Pick<ExportProgress, "rowsWritten" | "bytes">): Promise<boolean>;
  /** Ends an export that has not ended. Returns how it stands. */
  end(
    exportId: string,
    end: { status: "cancelled" } | { status: "failed"; error: string },
  ): Promise<ExportProgress>;
  /** @throws NotFound */
  loadProgress(exportId: string): Promise<ExportProgress>;
  /** Files whose time has come, the oldest first. */
  findExpired(limit: number): Promise<{ exportId: string; fileUrl: string }[]>;
  countExpired(): Promise<number>;
  /** The file is gone. */
  expire(exportId: string): Promise<void>;
}
