import type { Bounce } from "../domain/bounces.js";
import type { RecipientKey } from "./events.js";
import type { Queryable } from "./pool.js";
import { tellSettled } from "./webhook-outbox.js";

const tellBounced = tellSettled({
  tenantId: "$1",
  emailId: "s.email_id",
  sendId: "s.send_id",
  campaignId: "s.campaign_id",
  contactId: "s.contact_id",
  place: "s.place",
});

/**
 * Suppresses the address that a recipient's mail went to and tells webhooks, as a refusal while sending does. The ledger
 * keeps `sent`: the server did accept it.
 * @returns false when the recipient is not known
 */
export async function suppressBounced(
  client: Queryable,
  { tenantId, sendId, contactId }: RecipientKey & { tenantId: string },
  { enhancedCode }: Bounce,
): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    `with recipient as (
       select null::uuid as email_id, s.send_id, s.campaign_id, r.contact_id, r.contact_id as place, r.email, r.attempts,
         r.node_id, r.possible_duplicate
       from campaign_sends s
       join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
       where s.tenant_id = $1 and s.send_id = $2 and r.contact_id = $3
       union all
       select e.email_id, null, m.campaign_id, null, e.position, e.email, e.attempts, e.node_id, e.possible_duplicate
       from email_recipients e join emails m on m.email_id = e.email_id and m.tenant_id = e.tenant_id
       where e.tenant_id = $1 and e.email_id = $2 and e.position = $3
     ), suppressed as (
       insert into suppressions (tenant_id, kind, value, reason, send_id)
       select $1, 'address', email, 'bounced', send_id from recipient
       on conflict do nothing returning value
     ), settled as (
       -- Told once an address: a second report of it says nothing new.
       select r.*, 'bounced' as status, 'bad-address' as reason, null::smallint as reply_code, $4::text as enhanced_code
       from recipient r where exists (select from suppressed)
     ), told as (${tellBounced})
     select exists (select from recipient) as known`,
    [tenantId, sendId, contactId, enhancedCode],
  );
  return rows[0]?.known ?? false;
}
