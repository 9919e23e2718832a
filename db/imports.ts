import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { ImportProgress, ImportRefusal } from "../activities/import-ports.js";
import { InvalidInput, NotFound } from "../domain/errors.js";
import { checkMapping, type ImportMapping } from "../domain/import-columns.js";
import { progressColumns } from "./import-store.js";
import { findListId } from "./lists.js";
import { requireTenant } from "./require-tenant.js";

export interface NewImport {
  tenantId: string;
  /** A UUID that the caller has chosen: a repeat is the same import. */
  importId?: string;
  /** A path or `file://` URL on the machine whose worker imports, `floe://uploads/…`, or `s3://bucket/key`. */
  fileUrl: string;
  source?: "file" | "upload";
  /** Absent: found out. */
  encoding?: string;
  /** Who is told of the end by an email, and from whom. */
  notify?: { email: string; from: string };
  /** Absent: taken from the header. */
  mapping?: ImportMapping;
  /** Default: true. */
  hasHeader?: boolean;
  /** Id or name of an existing list that the contacts join. */
  list?: string;
  /** Who asked for it. */
  user?: string;
}

/** One import as its tenant sees it. */
export interface Import extends ImportProgress {
  importId: string;
  tenantId: string;
  fileUrl: string;
  mapping: ImportMapping;
  hasHeader: boolean;
  source: "file" | "upload";
  /** As the caller said or as it was found; null before the file was looked at. */
  encoding: string | null;
  packing: "none" | "gzip" | "zip" | null;
  /** Of the first row, if it is a header; null before it was read. */
  header: string[] | null;
  delimiter: string | null;
  listId: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface ImportRows {
  /** Writes the import down; its workflow then carries it out. @throws InvalidInput, NotFound (tenant, list; an id of another tenant) */
  createImport(request: NewImport): Promise<{ importId: string }>;
  /** @param importId a UUID. @throws NotFound */
  loadImport(tenantId: string, importId: string): Promise<Import>;
  /** Newest first; `before` is the last import id of the page before. */
  listImports(tenantId: string, page: { before?: string; limit: number }): Promise<Import[]>;
  /** By line; `after` is the last line of the page before. @throws NotFound */
  listRefusals(
    tenantId: string,
    importId: string,
    page: { after?: number; limit: number },
  ): Promise<ImportRefusal[]>;
}

/** Imports as tenants see them. */
export function createImportRows(pool: pg.Pool): ImportRows {
  return {
    createImport: (request) => createImport(pool, request),
    loadImport: (tenantId, importId) => loadImport(pool, tenantId, importId),
    listImports: (tenantId, page) => listImports(pool, tenantId, page),
    listRefusals: (tenantId, importId, page) => listRefusals(pool, tenantId, importId, page),
  };
}

const columns = `i.import_id as "importId", i.tenant_id as "tenantId", i.file_url as "fileUrl", i.mapping,
  i.has_header as "hasHeader", i.source, i.encoding, i.packing, i.header, i.delimiter, i.list_id as "listId", ${progressColumns}, i.created_at as "createdAt",
  i.started_at as "startedAt", i.finished_at as "finishedAt"`;

async function createImport(pool: pg.Pool, request: NewImport): Promise<{ importId: string }> {
  const { tenantId, fileUrl, mapping = {}, hasHeader = true, list } = request;
  const problems = Object.keys(mapping).length > 0 ? checkMapping(mapping) : [];
  if (Object.keys(mapping).length === 0 && !hasHeader) {
    problems.push({ field: "mapping", problem: "is needed for a file without a header" });
  }
  if (
    !/^(\/|[a-z]:[\\/]|file:\/\/\/|s3:\/\/|floe:\/\/uploads\/)/i.test(fileUrl) ||
    fileUrl.includes("\u0000")
  ) {
    problems.push({
      field: "fileUrl",
      problem: "must be an absolute path, a file:/// URL or s3://bucket/key",
    });
  }
  if (problems.length > 0) throw new InvalidInput(problems);
  await requireTenant(pool, tenantId);
  const listId = list === undefined ? null : await findListId(pool, tenantId, list);
  const importId = request.importId ?? uuidv7();
  const { rowCount } = await pool.query(
    `insert into lead_imports (import_id, tenant_id, file_url, mapping, has_header, list_id, user_id, source, encoding,
       notify_email, notify_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (import_id) do nothing`,
    [
      ...[importId, tenantId, fileUrl, JSON.stringify(mapping), hasHeader, listId, request.user ?? null],
      ...[request.source ?? "file", request.encoding ?? null],
      ...[request.notify?.email ?? null, request.notify?.from ?? null],
    ],
  );
  // A repeat, unless it is another tenant's.
  if (rowCount === 0) await loadImport(pool, tenantId, importId);
  return { importId };
}

async function loadImport(pool: pg.Pool, tenantId: string, importId: string): Promise<Import> {
  const { rows } = await pool.query<Import>(
    `select ${columns} from lead_imports i where i.tenant_id = $1 and i.import_id = $2`,
    [tenantId, importId],
  );
  if (!rows[0]) throw new NotFound("import", importId);
  return rows[0];
}

async function listImports(
  pool: pg.Pool,
  tenantId: string,
  page: { before?: string; limit: number },
): Promise<Import[]> {
  const { rows } = await pool.query<Import>(
    `select ${columns}
     from lead_imports i
     where i.tenant_id = $1
       and ($2::uuid is null or (i.created_at, i.import_id) < (
         (select created_at from lead_imports where tenant_id = $1 and import_id = $2), $2))
     order by i.created_at desc, i.import_id desc
     limit $3`,
    [tenantId, page.before ?? null, page.limit],
  );
  return rows;
}

async function listRefusals(
  pool: pg.Pool,
  tenantId: string,
  importId: string,
  page: { after?: number; limit: number },
): Promise<ImportRefusal[]> {
  await loadImport(pool, tenantId, importId);
  const { rows } = await pool.query<ImportRefusal>(
    // By the column: an output column of this name would be sorted, which no index has.
    `select r.line::float8 as line, r.field, r.reason, r.raw from lead_import_refusals r
     where r.import_id = $1 and r.line > $2
     order by r.line
     limit $3`,
    [importId, page.after ?? 0, page.limit],
  );
  return rows;
}
