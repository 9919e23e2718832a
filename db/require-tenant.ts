import { NotFound } from "../domain/errors.js";
import type { Queryable } from "./pool.js";

/** Asked before a write, so that an unknown tenant is named instead of showing as a violated foreign key. @throws NotFound */
export async function requireTenant(db: Queryable, tenantId: string): Promise<void> {
  const { rowCount } = await db.query("select 1 from tenants where tenant_id = $1", [tenantId]);
  if (rowCount === 0) throw new NotFound("tenant", tenantId);
}
