import type { Lane } from "../domain/lanes.js";
import type { Queryable } from "./pool.js";

/** Whose workflow does the work of jobs, where many share one. */

export interface EmailGroupOwner {
  tenantId: string;
  groupId: string;
  lane: Lane;
  sendAt: Date | null;
}

export async function loadEmailGroupsOf(
  db: Queryable,
  tenantId: string,
  emailIds: string[],
): Promise<EmailGroupOwner[]> {
  const { rows } = await db.query<EmailGroupOwner>(
    `select tenant_id as "tenantId", group_id as "groupId", lane, send_at as "sendAt" from email_groups
     where tenant_id = $1 and group_id in (
       select group_id from emails where tenant_id = $1 and email_id = any ($2::uuid[]))`,
    [tenantId, emailIds],
  );
  return rows;
}

export interface EndpointOwner {
  tenantId: string;
  webhookId: string;
  region: string | null;
}

export async function loadEndpointsOf(
  db: Queryable,
  tenantId: string,
  deliveryIds: string[],
): Promise<EndpointOwner[]> {
  const { rows } = await db.query<EndpointOwner>(
    `select tenant_id as "tenantId", webhook_id as "webhookId", region from webhook_endpoints
     where tenant_id = $1 and webhook_id in (
       select webhook_id from webhook_deliveries where tenant_id = $1 and delivery_id = any ($2::bigint[]))`,
    [tenantId, deliveryIds],
  );
  return rows;
}
