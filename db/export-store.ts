import type pg from "pg";
import type { ExportOwner, ExportPlan, ExportProgress, ExportStore } from "../activities/export-ports.js";
import { NotFound } from "../domain/errors.js";

/** Exports as the flow that carries them out needs them. */
export function createExportStore(pool: pg.Pool): ExportStore {
  return {
    loadPlan: (exportId) => loadPlan(pool, exportId),
    begin: (owner, source) => begin(pool, owner, source),
    report: (owner, written) => report(pool, owner, written),
    complete: (owner, written) => complete(pool, owner, written),
    end: (exportId, end) => endExport(pool, exportId, end),
    loadProgress: (exportId) => loadProgress(pool, exportId),
    findExpired: (limit) => findExpired(pool, limit),
    countExpired: () => countExpired(pool),
    expire: (exportId) => expire(pool, exportId),
  };
}

/** An export's standing, as `ExportProgress` has it; `e` is `exports`. */
export const exportProgressColumns = `e.status, e.error, e.rows_total::float8 as "rowsTotal",
  e.rows_written::float8 as "rowsWritten", e.bytes::float8 as bytes`;

type PlanRow = ExportProgress & Omit<ExportPlan, "exportId" | "progress">;

async function loadPlan(pool: pg.Pool, exportId: string): Promise<ExportPlan> {
  const { rows } = await pool.query<PlanRow>(
    `select e.tenant_id as "tenantId", e.kind, e.filter, e.raw, e.gzip, e.file_url as "fileUrl",
       ${exportProgressColumns}
     from exports e where e.export_id = $1`,
    [exportId],
  );
  if (!rows[0]) throw new NotFound("export", exportId);
  const { tenantId, kind, filter, raw, gzip, fileUrl, ...progress } = rows[0];
  return { exportId, tenantId, kind, filter, raw, gzip, fileUrl, progress };
}

async function begin(
  pool: pg.Pool,
  { exportId, token }: ExportOwner,
  { columns, rowsTotal }: { columns: string[]; rowsTotal: number },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update exports set status = 'processing', owner_token = $2, columns = $3, rows_total = $4, rows_written = 0,
       bytes = 0, started_at = coalesce(started_at, now())
     where export_id = $1 and status in ('pending', 'processing')`,
    [exportId, token, columns, rowsTotal],
  );
  return rowCount === 1;
}

type Written = Pick<ExportProgress, "rowsWritten" | "bytes">;

async function report(pool: pg.Pool, { exportId, token }: ExportOwner, written: Written): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update exports set rows_written = $3, bytes = $4
     where export_id = $1 and owner_token = $2 and status = 'processing'`,
    [exportId, token, written.rowsWritten, written.bytes],
  );
  return rowCount === 1;
}

async function complete(pool: pg.Pool, { exportId, token }: ExportOwner, written: Written): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with ended as (
       update exports set status = 'completed', rows_written = $3, rows_total = $3, bytes = $4, owner_token = null,
         finished_at = now(), expires_at = now() + keep_days * interval '1 day'
       where export_id = $1 and owner_token = $2 and status = 'processing'
       returning tenant_id, kind, export_id, rows_written
     )
     insert into notifications (tenant_id, kind, subject_id, title, text)
     select tenant_id, 'export.completed', export_id::text, 'Export completed', kind || ': ' || rows_written || ' rows.'
     from ended`,
    [exportId, token, written.rowsWritten, written.bytes],
  );
  return rowCount === 1;
}

async function endExport(
  pool: pg.Pool,
  exportId: string,
  end: Parameters<ExportStore["end"]>[1],
): Promise<ExportProgress> {
  await pool.query(
    `with ended as (
       update exports set status = $2, error = $3, owner_token = null, finished_at = now()
       where export_id = $1 and status in ('pending', 'processing')
       returning tenant_id, kind, export_id
     )
     insert into notifications (tenant_id, kind, severity, subject_id, title, text)
     select tenant_id, 'export.' || $2::text, case $2::text when 'failed' then 'warning' else 'info' end, export_id::text,
       'Export ' || $2::text, kind || coalesce(': ' || $3, '.')
     from ended`,
    [exportId, end.status, end.status === "failed" ? end.error : null],
  );
  return loadProgress(pool, exportId);
}

async function loadProgress(pool: pg.Pool, exportId: string): Promise<ExportProgress> {
  const { rows } = await pool.query<ExportProgress>(
    `select ${exportProgressColumns} from exports e where e.export_id = $1`,
    [exportId],
  );
  if (!rows[0]) throw new NotFound("export", exportId);
  return rows[0];
}

async function findExpired(pool: pg.Pool, limit: number): Promise<{ exportId: string; fileUrl: string }[]> {
  const { rows } = await pool.query<{ exportId: string; fileUrl: string }>(
    `select export_id as "exportId", file_url as "fileUrl" from exports
     where status = 'completed' and expires_at < now() order by expires_at limit $1`,
    [limit],
  );
  return rows;
}

async function countExpired(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::int as count from exports where status = 'completed' and expires_at < now()",
  );
  return rows[0]?.count ?? 0;
}

async function expire(pool: pg.Pool, exportId: string): Promise<void> {
  await pool.query("update exports set status = 'expired' where export_id = $1 and status = 'completed'", [
    exportId,
  ]);
}
