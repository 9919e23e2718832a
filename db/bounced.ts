import type { Bounce } from "../domain/bounces.js";
import type { RecipientKey } from "./events.js";
import type { Queryable } from "./pool.js";
import { tellSettled } from "./webhook-outbox.js";

export interface TenantRecipient extends RecipientKey {
  tenantId: string;
}

/** `recipient`: the row of the ledger, of a send or of a single email. */
const recipient = `recipient as (
  select null::uuid as email_id, s.send_id, s.campaign_id, r.contact_id, r.contact_id as place, r.email, r.attempts,
    r.node_id, r.possible_duplicate
  from campaign_sends s
  join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
  where s.tenant_id = $1 and s.send_id = $2 and r.contact_id = $3
  union all
  select e.email_id, null, m.campaign_id, null, e.position, e.email, e.attempts, e.node_id, e.possible_duplicate
  from email_recipients e join emails m on m.email_id = e.email_id and m.tenant_id = e.tenant_id
  where e.tenant_id = $1 and e.email_id = $2 and e.position = $3
)`;

/**
 * Writes beside the ledger that a recipient's mail came back, once: a later report changes it only when it knows better, that
 * there is no such address. The ledger keeps `sent`: the server did accept it.
 * @returns the address it went to; null when the recipient is not known
 */
export async function recordReturn(
  client: Queryable,
  { tenantId, sendId, contactId }: TenantRecipient,
  { bounceClass, enhancedCode, diagnostic, returnedAt }: Omit<Bounce, "kind"> & { returnedAt: Date },
): Promise<string | null> {
  const { rows } = await client.query<{ email: string }>(
    `with ${recipient}, returned as (
       insert into email_returns as t (send_id, contact_id, tenant_id, email, bounce_class, enhanced_code, diagnostic,
         returned_at)
       select $2, $3, $1, email, $4, $5, $6, $7 from recipient
       on conflict (send_id, contact_id) do update set bounce_class = excluded.bounce_class,
         enhanced_code = excluded.enhanced_code, diagnostic = excluded.diagnostic
         where excluded.bounce_class = 'hard' and t.bounce_class <> 'hard'
       returning xmax = 0 as first
     ), counted as (
       insert into campaign_analytics (send_id, tenant_id, returned)
       select send_id, $1, 1 from recipient, returned where first and send_id is not null
       on conflict (send_id) do update set returned = campaign_analytics.returned + 1, updated_at = now()
     )
     select email from recipient`,
    [tenantId, sendId, contactId, bounceClass, enhancedCode, diagnostic, returnedAt],
  );
  return rows[0]?.email ?? null;
}

const tellBounced = tellSettled({
  tenantId: "$1",
  emailId: "s.email_id",
  sendId: "s.send_id",
  campaignId: "s.campaign_id",
  contactId: "s.contact_id",
  place: "s.place",
});

export interface BouncedCause {
  /** Of the suppression. */
  as: "bounced" | "bounced-repeatedly";
  enhancedCode: string | null;
}

/** Suppresses the address that a recipient's mail went to and tells webhooks, as a refusal while sending does. */
export async function suppressBounced(
  client: Queryable,
  { tenantId, sendId, contactId }: TenantRecipient,
  { as, enhancedCode }: BouncedCause,
): Promise<void> {
  await client.query(
    `with ${recipient}, suppressed as (
       insert into suppressions (tenant_id, kind, value, reason, send_id)
       select $1, 'address', email, $5, send_id from recipient
       on conflict do nothing returning value
     ), settled as (
       -- Told once an address: a second report of it says nothing new.
       select r.*, 'bounced' as status, case $5 when 'bounced' then 'bad-address' else $5 end as reason,
         null::smallint as reply_code, $4::text as enhanced_code
       from recipient r where exists (select from suppressed)
     ), told as (${tellBounced})
     select`,
    [tenantId, sendId, contactId, enhancedCode, as],
  );
}
