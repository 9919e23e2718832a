import type { DeliveryAnswer, DeliveryPath } from "../domain/delivery-facts.js";
import type { Queryable } from "./pool.js";

/** What servers answered one process in one hour. */
export interface DeliveryHour extends DeliveryPath, Record<DeliveryAnswer, number> {
  hour: Date;
  teller: string;
}

/** The same of one From address. */
export interface SenderHour extends Record<DeliveryAnswer, number> {
  hour: Date;
  teller: string;
  tenantId: string;
  address: string;
}

/** Hours as they stand: a repeat changes nothing. Of senders only those are kept that warm up as a mailbox. */
export async function recordDeliveries(
  db: Queryable,
  rows: readonly DeliveryHour[],
  senders: readonly SenderHour[] = [],
): Promise<void> {
  await db.query(
    `with mailboxes as (
       insert into warmup_mailbox_hours (tenant_id, address, hour, teller, accepted, deferred, bounced)
       select s.* from unnest($11::text[], $12::text[], $13::timestamptz[], $14::uuid[], $15::bigint[], $16::bigint[],
         $17::bigint[]) as s (tenant_id, address, hour, teller, accepted, deferred, bounced)
       where ${warmsUp("s.tenant_id", "s.address")}
       on conflict (tenant_id, address, hour, teller) do update set
         accepted = excluded.accepted, deferred = excluded.deferred, bounced = excluded.bounced
     )
     insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, deferred, bounced,
       rejected)
     select * from unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::bigint[])
     on conflict (hour, teller, tenant_id, node_id, from_domain, mailbox_provider) do update set
       accepted = excluded.accepted, deferred = excluded.deferred, bounced = excluded.bounced, rejected = excluded.rejected`,
    [
      rows.map(({ hour }) => hour),
      rows.map(({ teller }) => teller),
      rows.map(({ tenantId }) => tenantId),
      rows.map(({ nodeId }) => nodeId),
      rows.map(({ fromDomain }) => fromDomain),
      rows.map(({ mailboxProvider }) => mailboxProvider),
      rows.map(({ accepted }) => accepted),
      rows.map(({ deferred }) => deferred),
      rows.map(({ bounced }) => bounced),
      rows.map(({ rejected }) => rejected),
      senders.map(({ tenantId }) => tenantId),
      senders.map(({ address }) => address),
      senders.map(({ hour }) => hour),
      senders.map(({ teller }) => teller),
      senders.map(({ accepted }) => accepted),
      senders.map(({ deferred }) => deferred),
      senders.map(({ bounced }) => bounced),
    ],
  );
}

function warmsUp(tenant: string, address: string): string {
  return `exists (select from warmups w where w.kind = 'mailbox' and w.key = ${address} and w.tenant_id = ${tenant}
      and w.ended_at is null)`;
}

/** Of what is told by who records it, not by the process that sent. */
export const noTeller = "00000000-0000-0000-0000-000000000000";

/**
 * Parts of a statement that has `firsts (send_id, contact_id, kind)` and `known`: the first bounce, complaint, open and click
 * of each recipient, counted for the node that their mail left from, and for its sender where that warms up as a mailbox.
 * @param domains, providers numbers of the parameters that hold each known domain and who runs its mailboxes
 */
export function countFollowing(domains: number, providers: number): string {
  return `followers as materialized (
    select f.kind, r.tenant_id, r.node_id, r.email, lower(c.from_email) as from_email
    from firsts f
    join campaign_sends s on s.send_id = f.send_id
    join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
    join email_sends r on r.send_month = s.send_month and r.send_id = f.send_id and r.contact_id = f.contact_id
      and r.tenant_id = s.tenant_id
    union all
    select f.kind, r.tenant_id, r.node_id, r.email, lower(e.from_email)
    from firsts f
    join emails e on e.email_id = f.send_id
    join email_recipients r on r.email_id = f.send_id and r.position = f.contact_id and r.tenant_id = e.tenant_id
  ), followed_mailboxes as (
    insert into warmup_mailbox_hours (tenant_id, address, hour, teller, returned, complained)
    select l.tenant_id, l.from_email, date_trunc('hour', now(), 'UTC'), '${noTeller}',
      count(*) filter (where l.kind = 'bounce'), count(*) filter (where l.kind = 'complaint')
    from followers l where l.kind in ('bounce', 'complaint') and ${warmsUp("l.tenant_id", "l.from_email")}
    group by 1, 2 order by 1, 2
    on conflict (tenant_id, address, hour, teller) do update set
      returned = warmup_mailbox_hours.returned + excluded.returned,
      complained = warmup_mailbox_hours.complained + excluded.complained
  ), followed as (
    insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, returned, complained, opened,
      clicked)
    select date_trunc('hour', now(), 'UTC'), '${noTeller}', l.tenant_id, l.node_id, split_part(l.from_email, '@', 2),
      coalesce(p.provider, d.mailbox_provider, 'other'), count(*) filter (where l.kind = 'bounce'),
      count(*) filter (where l.kind = 'complaint'), count(*) filter (where l.kind = 'open'),
      count(*) filter (where l.kind = 'click')
    from followers l
    left join unnest($${domains}::text[], $${providers}::text[]) as p (domain, provider)
      on p.domain = split_part(l.email, '@', 2)
    left join mail_domains d on d.domain = split_part(l.email, '@', 2)
    where l.node_id is not null and l.kind in ('bounce', 'complaint', 'open', 'click')
    group by 3, 4, 5, 6
    order by 3, 4, 5, 6
    on conflict (hour, teller, tenant_id, node_id, from_domain, mailbox_provider) do update set
      returned = delivery_hours.returned + excluded.returned, complained = delivery_hours.complained + excluded.complained,
      opened = delivery_hours.opened + excluded.opened, clicked = delivery_hours.clicked + excluded.clicked`;
}
