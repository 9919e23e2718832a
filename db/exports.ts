import type pg from "pg";
import type { ExportProgress } from "../activities/export-ports.js";
import { Conflict, NotFound } from "../domain/errors.js";
import type { ExportFilter, ExportKind } from "../domain/exports.js";
import { exportProgressColumns } from "./export-store.js";
import { findListId } from "./lists.js";
import { requireTenant } from "./require-tenant.js";
import { loadSegment } from "./segments.js";

export interface NewExport {
  exportId: string;
  tenantId: string;
  kind: ExportKind;
  filter: ExportFilter;
  raw: boolean;
  gzip: boolean;
  /** `file:///…` or `s3://bucket/key`. */
  fileUrl: string;
  keepDays: number;
}

/** One export as its tenant sees it. */
export interface Export extends Omit<NewExport, "keepDays">, ExportProgress {
  /** Null until the rows were counted. */
  columns: string[] | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When the file goes; null before it stands. */
  expiresAt: Date | null;
}

export interface ExportRows {
  /**
   * Writes the export down; its workflow then carries it out. A repeat of the same id is the same export.
   * @throws NotFound (tenant, list, segment), Conflict when another export has the file
   */
  createExport(request: NewExport): Promise<void>;
  /** @throws NotFound */
  loadExport(tenantId: string, exportId: string): Promise<Export>;
  /** Newest first; `before` is the last export id of the page before. */
  listExports(tenantId: string, page: { before?: string; limit: number }): Promise<Export[]>;
}

export function createExportRows(pool: pg.Pool): ExportRows {
  return {
    createExport: (request) => createExport(pool, request),
    loadExport: (tenantId, exportId) => loadExport(pool, tenantId, exportId),
    listExports: (tenantId, page) => listExports(pool, tenantId, page),
  };
}

async function createExport(pool: pg.Pool, request: NewExport): Promise<void> {
  const { exportId, tenantId, kind, filter, raw, gzip, fileUrl, keepDays } = request;
  await requireTenant(pool, tenantId);
  if (filter.list !== undefined) await findListId(pool, tenantId, filter.list);
  if (filter.segment !== undefined) await loadSegment(pool, tenantId, filter.segment);
  try {
    await pool.query(
      `insert into exports (export_id, tenant_id, kind, filter, raw, gzip, file_url, keep_days)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (export_id) do nothing`,
      [exportId, tenantId, kind, JSON.stringify(filter), raw, gzip, fileUrl, keepDays],
    );
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== "exports_file") throw error;
    throw new Conflict(`Another export has written, or is writing, ${fileUrl}; choose another name.`, {
      exportId,
    });
  }
}

const columns = `e.export_id as "exportId", e.tenant_id as "tenantId", e.kind, e.filter, e.raw, e.gzip,
  e.file_url as "fileUrl", ${exportProgressColumns}, e.columns, e.created_at as "createdAt", e.started_at as "startedAt",
  e.finished_at as "finishedAt", e.expires_at as "expiresAt"`;

async function loadExport(pool: pg.Pool, tenantId: string, exportId: string): Promise<Export> {
  const { rows } = await pool.query<Export>(
    `select ${columns} from exports e where e.tenant_id = $1 and e.export_id = $2`,
    [tenantId, exportId],
  );
  if (!rows[0]) throw new NotFound("export", exportId);
  return rows[0];
}

async function listExports(
  pool: pg.Pool,
  tenantId: string,
  page: { before?: string; limit: number },
): Promise<Export[]> {
  const { rows } = await pool.query<Export>(
    `select ${columns}
     from exports e
     where e.tenant_id = $1
       and ($2::uuid is null or (e.created_at, e.export_id) < (
         (select created_at from exports where tenant_id = $1 and export_id = $2), $2))
     order by e.created_at desc, e.export_id desc
     limit $3`,
    [tenantId, page.before ?? null, page.limit],
  );
  return rows;
}
