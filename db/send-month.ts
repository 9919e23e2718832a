import { NotFound } from "../domain/errors.js";
import type { Queryable } from "./pool.js";

/** The ledger's partition of a send, given as a value, so that only it is read. @throws NotFound */
export async function findSendMonth(db: Queryable, tenantId: string, sendId: string): Promise<string> {
  const { rows } = await db.query<{ send_month: string }>(
    "select send_month from campaign_sends where tenant_id = $1 and send_id = $2",
    [tenantId, sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0].send_month;
}
