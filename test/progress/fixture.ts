import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { createImportRows } from "../../db/imports.js";
import { createTenantStore } from "../../db/tenants.js";
import type { ProgressUpdate } from "../../domain/progress.js";
import { uniqueName } from "../throttle/factory.js";

export async function newTenant(pool: pg.Pool): Promise<string> {
  const tenantId = uniqueName("tenant");
  await createTenantStore(pool).createTenant({ tenantId, name: tenantId, providerChoice: "auto" });
  return tenantId;
}

/** An import that nobody carries out: tests move it on. */
export async function newImport(pool: pg.Pool, tenantId: string, user?: string): Promise<string> {
  const fileUrl = `file:///nowhere/${uuidv7()}.csv`;
  const { importId } = await createImportRows(pool).createImport({
    ...{ tenantId, fileUrl },
    ...(user !== undefined && { user }),
  });
  await pool.query(
    "update lead_imports set status = 'processing', total_bytes = 1000, processed_bytes = 0 where import_id = $1",
    [importId],
  );
  return importId;
}

/** As a committed chunk does: a tenth of the file. */
export async function importChunk(pool: pg.Pool, importId: string): Promise<void> {
  await pool.query(
    `update lead_imports set rows_read = rows_read + 10, rows_imported = rows_imported + 10,
       processed_bytes = least(1000, processed_bytes + 100)
     where import_id = $1 and status = 'processing'`,
    [importId],
  );
}

export async function endImport(pool: pg.Pool, importId: string): Promise<void> {
  await pool.query(
    "update lead_imports set status = 'completed', finished_at = now() where import_id = $1 and status = 'processing'",
    [importId],
  );
}

export type Told = Pick<ProgressUpdate, "sequence" | "id" | "status" | "processed">;

/** What was told about a tenant's work, as it stands in the log. */
export async function readLog(pool: pg.Pool, tenantId: string): Promise<Told[]> {
  const { rows } = await pool.query<Told>(
    `select sequence::float8 as sequence, id, status, processed::float8 as processed from progress_updates
     where tenant_id = $1 order by sequence`,
    [tenantId],
  );
  return rows;
}

export function told({ sequence, id, status, processed }: ProgressUpdate): Told {
  return { sequence, id, status, processed };
}
