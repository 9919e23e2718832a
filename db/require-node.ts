import { NotFound } from "../domain/errors.js";
import type { Queryable } from "./pool.js";

/** One that the tenant may use: its own, or a shared one. @throws NotFound */
export async function requireNode(db: Queryable, tenantId: string, nodeId: string): Promise<void> {
  const { rowCount } = await db.query(
    "select from nodes where node_id = $1 and (tenant_id = $2 or tenant_id is null)",
    [nodeId, tenantId],
  );
  if (rowCount === 0) throw new NotFound("node", nodeId);
}
