import type { TenantRecipient } from "./bounced.js";
import type { Queryable } from "./pool.js";

/** Whom a report is about, by a signature of ours. */
export interface ReportedRecipient {
  /** The send's id, or the single email's. */
  sendId: string;
  /** The contact's id, or the position of the single email's recipient; null: of a single email, and nothing says which. */
  contactId: string | null;
  /** It is known by what stands in the message itself, which went to all addresses of a single email. */
  isShared?: boolean;
}

/** What a report says itself; anybody can write that. */
export interface ClaimedRecipient {
  address: string | null;
  messageId: string | null;
}

/** Null when we know of no such recipient, or of several. */
export async function findRecipient(
  client: Queryable,
  { sendId, contactId, isShared = false }: ReportedRecipient,
): Promise<TenantRecipient | null> {
  const { rows } = await client.query<TenantRecipient>(
    `select tenant_id as "tenantId", send_id as "sendId", $2::bigint as "contactId" from campaign_sends
     where send_id = $1 and $2::bigint is not null
     union all
     select e.tenant_id, e.email_id, case when $2::bigint is null or $3 then r.position else $2 end
     from emails e
     left join (
       -- Each of several has read what stands in the message, and must not speak for the others.
       select email_id, min(position)::bigint as position from email_recipients
       where email_id = $1 group by email_id having count(*) = 1
     ) r on r.email_id = e.email_id
     where e.email_id = $1 and (r.position is not null or not ($2::bigint is null or $3))`,
    [sendId, contactId, isShared],
  );
  return rows[0] ?? null;
}
