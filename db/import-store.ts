import type pg from "pg";
import type {
  ImportChunk,
  ImportHeader,
  ImportNotice,
  ImportPlan,
  ImportProgress,
  ImportStore,
  PreparedFile,
} from "../activities/import-ports.js";
import { NotFound } from "../domain/errors.js";
import type { ImportMapping } from "../domain/import-columns.js";
import type { ImportStatus } from "../domain/send-status.js";
import { stageContacts } from "./contact-staging.js";
import { upsertStagedContacts, type UpsertCounts } from "./contacts.js";
import { transaction } from "./pool.js";

/** Imports as the flow that carries them out needs them. */
export function createImportStore(pool: pg.Pool): ImportStore {
  return {
    loadPlan: (importId) => loadPlan(pool, importId),
    recordPrepared: (importId, file) => recordPrepared(pool, importId, file),
    begin: (importId, file) => begin(pool, importId, file),
    commitChunk: (importId, chunk) => commitChunk(pool, importId, chunk),
    finish: (importId, end) => finish(pool, importId, end),
    loadNotice: (importId) => loadNotice(pool, importId),
    loadProgress: (importId) => loadProgress(pool, importId),
  };
}

/** An import's standing, as `ImportProgress` has it; `i` is `lead_imports`. */
export const progressColumns = `i.status, i.error, i.total_bytes::float8 as "totalBytes",
  i.processed_bytes::float8 as "processedBytes", i.rows_read::float8 as "rowsRead",
  i.rows_imported::float8 as "rowsImported", i.rows_created::float8 as "rowsCreated",
  i.rows_refused::float8 as "rowsRefused"`;

type PlanRow = ImportProgress & {
  tenantId: string;
  fileUrl: string;
  encoding: string | null;
  readUrl: string | null;
  mapping: ImportMapping;
  hasHeader: boolean;
  batchNo: number | null;
  nextLine: number | null;
  nextByte: number | null;
};

async function loadPlan(pool: pg.Pool, importId: string): Promise<ImportPlan> {
  const { rows } = await pool.query<PlanRow>(
    `select i.tenant_id as "tenantId", i.file_url as "fileUrl", i.encoding, i.read_url as "readUrl", i.mapping,
       i.has_header as "hasHeader",
       ${progressColumns},
       b.batch_no as "batchNo", b.next_line::float8 as "nextLine", b.next_byte::float8 as "nextByte"
     from lead_imports i
     left join lateral (
       select batch_no, next_line, next_byte from lead_import_batches
       where import_id = i.import_id
       order by batch_no desc
       limit 1
     ) b on true
     where i.import_id = $1`,
    [importId],
  );
  if (!rows[0]) throw new NotFound("import", importId);
  const {
    tenantId,
    fileUrl,
    encoding,
    readUrl,
    mapping,
    hasHeader,
    batchNo,
    nextLine,
    nextByte,
    ...progress
  } = rows[0];
  const resumeAt = nextLine === null || nextByte === null ? null : { line: nextLine, byte: nextByte };
  const nextBatchNo = batchNo === null ? 0 : batchNo + 1;
  const file = { fileUrl, encoding, readUrl, mapping, hasHeader };
  return { importId, tenantId, ...file, progress, resumeAt, nextBatchNo };
}

async function recordPrepared(pool: pg.Pool, importId: string, file: PreparedFile): Promise<void> {
  await pool.query(
    `update lead_imports set read_url = $2, packing = $3, encoding = $4
     where import_id = $1 and status in ('pending', 'processing')`,
    [importId, file.readUrl, file.packing, file.encoding],
  );
}

async function begin(pool: pg.Pool, importId: string, file: ImportHeader): Promise<void> {
  await pool.query(
    `update lead_imports
     set status = 'processing', total_bytes = $2, mapping = $3, header = $4, delimiter = $5,
       started_at = coalesce(started_at, now())
     where import_id = $1 and status in ('pending', 'processing')`,
    [importId, file.totalBytes, JSON.stringify(file.mapping), file.header?.map(withoutNul), file.delimiter],
  );
}

/** Postgres's text cannot hold it. */
function withoutNul(text: string): string {
  return text.replaceAll("\u0000", "\ufffd");
}

async function commitChunk(
  pool: pg.Pool,
  importId: string,
  chunk: ImportChunk,
): Promise<"committed" | "ended" | "overtaken"> {
  return transaction(pool, async (client) => {
    // Exact all the same: position and rows are one transaction, so a crash of Postgres takes both, and the import reads
    // the rows again. What `finish` says is durable, and with it, as the log is written in order, every chunk before it.
    await client.query("set local synchronous_commit = off");
    // Ahead of its turn: while the chunk before is written, this one travels. Both wait for one another on connections
    // that they already have, because the pool serves in order.
    const rows = await stageContacts(client, chunk.takeContacts());
    await chunk.predecessor;
    const held = await lockImport(client, importId);
    if (held.status !== "processing") return "ended";
    if (held.nextBatchNo !== chunk.batchNo) return "overtaken";
    const counts = await upsertStagedContacts(client, { ...held, rows });
    await recordRefusals(client, importId, chunk);
    await recordChunk(client, importId, chunk, counts);
    return "committed";
  });
}

interface HeldImport {
  tenantId: string;
  listId: string | null;
  status: ImportStatus;
  nextBatchNo: number;
}

/** One chunk of an import at a time, whoever brings it: a second attempt waits here and then finds itself overtaken. */
async function lockImport(client: pg.PoolClient, importId: string): Promise<HeldImport> {
  const { rows } = await client.query<Omit<HeldImport, "nextBatchNo">>(
    `select tenant_id as "tenantId", list_id as "listId", status from lead_imports where import_id = $1 for update`,
    [importId],
  );
  if (!rows[0]) throw new NotFound("import", importId);
  // A statement of its own: the one above has the snapshot from before it waited for the lock.
  const { rows: next } = await client.query<{ nextBatchNo: number }>(
    `select coalesce(max(batch_no) + 1, 0) as "nextBatchNo" from lead_import_batches where import_id = $1`,
    [importId],
  );
  return { ...rows[0], nextBatchNo: next[0]?.nextBatchNo ?? 0 };
}

async function recordRefusals(
  client: pg.PoolClient,
  importId: string,
  { refusals }: ImportChunk,
): Promise<void> {
  if (refusals.length === 0) return;
  await client.query(
    `insert into lead_import_refusals (import_id, line, field, reason, raw)
     select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[])`,
    [
      importId,
      refusals.map((refusal) => refusal.line),
      refusals.map((refusal) => refusal.field),
      refusals.map((refusal) => refusal.reason),
      refusals.map((refusal) => refusal.raw),
    ],
  );
}

async function recordChunk(
  client: pg.PoolClient,
  importId: string,
  chunk: ImportChunk,
  counts: UpsertCounts,
): Promise<void> {
  await client.query(
    `with batch as (
       insert into lead_import_batches (import_id, batch_no, next_line, next_byte, rows_imported, rows_refused)
       values ($1, $2, $3, $4, $5, $6)
     )
     update lead_imports
     set processed_bytes = $4, rows_read = rows_read + $5 + $6, rows_imported = rows_imported + $5,
       rows_refused = rows_refused + $6, rows_created = rows_created + $7
     where import_id = $1`,
    [
      importId,
      chunk.batchNo,
      chunk.next.line,
      chunk.next.byte,
      chunk.rowsImported,
      chunk.refusals.length,
      counts.created,
    ],
  );
}

async function finish(
  pool: pg.Pool,
  importId: string,
  end: Parameters<ImportStore["finish"]>[1],
): Promise<ImportProgress> {
  await pool.query(
    `with ended as (
       update lead_imports set status = $2, error = $3, finished_at = now()
       where import_id = $1 and status in ('pending', 'processing')
       returning tenant_id, user_id, import_id, rows_imported, rows_refused
     )
     insert into notifications (tenant_id, user_id, kind, severity, subject_id, title, text)
     select tenant_id, user_id, 'import.' || $2::text, case $2::text when 'failed' then 'warning' else 'info' end,
       import_id::text, 'Import ' || $2::text,
       coalesce($3, rows_imported || ' rows imported, ' || rows_refused || ' refused.')
     from ended`,
    [importId, end.status, end.status === "failed" ? end.error : null],
  );
  return loadProgress(pool, importId);
}

async function loadNotice(pool: pg.Pool, importId: string): Promise<ImportNotice | null> {
  const { rows } = await pool.query<{ tenantId: string; email: string | null; from: string | null }>(
    `select tenant_id as "tenantId", notify_email as email, notify_from as "from" from lead_imports where import_id = $1`,
    [importId],
  );
  if (!rows[0]) throw new NotFound("import", importId);
  const { tenantId, email, from } = rows[0];
  if (email === null || from === null) return null;
  return { importId, tenantId, email, from, progress: await loadProgress(pool, importId) };
}

async function loadProgress(pool: pg.Pool, importId: string): Promise<ImportProgress> {
  const { rows } = await pool.query<ImportProgress>(
    `select ${progressColumns} from lead_imports i where i.import_id = $1`,
    [importId],
  );
  if (!rows[0]) throw new NotFound("import", importId);
  return rows[0];
}
