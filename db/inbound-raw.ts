import type pg from "pg";
import { asTenant } from "./tenant-pool.js";

/** `tenantId` null: one that is not matched. */
export interface ReportKey {
  tenantId: string | null;
  reportId: string;
}

/**
 * The message of a report; null when it is not kept. Messages have no tenant of their own, so that row security shows them to
 * the platform alone: asked as the platform, by a statement that names the report's tenant.
 */
export async function loadRaw(pool: pg.Pool, { tenantId, reportId }: ReportKey): Promise<Buffer | null> {
  const { rows } = await asTenant(null, () =>
    pool.query<{ raw: Buffer }>(
      `select w.raw from inbound_reports i join inbound_raw w on w.report_id = i.report_id
       where i.report_id = $1 and i.tenant_id is not distinct from $2`,
      [reportId, tenantId],
    ),
  );
  return rows[0]?.raw ?? null;
}
