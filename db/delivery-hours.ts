import type { DeliveryAnswer, DeliveryPath } from "../domain/delivery-facts.js";
import type { Queryable } from "./pool.js";

/** What servers answered one process in one hour. */
export interface DeliveryHour extends DeliveryPath, Record<DeliveryAnswer, number> {
  hour: Date;
  teller: string;
}

/** Hours as they stand: a repeat changes nothing. */
export async function recordDeliveries(db: Queryable, rows: readonly DeliveryHour[]): Promise<void> {
  await db.query(
    `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, deferred, bounced,
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
    ],
  );
}

/** Of what is told by who records it, not by the process that sent. */
export const noTeller = "00000000-0000-0000-0000-000000000000";

/**
 * Part of a statement that has `firsts (send_id, contact_id, kind)` and `known`: the first bounce, complaint, open and click
 * of each recipient, counted for the node that their mail left from.
 * @param domains, providers numbers of the parameters that hold each known domain and who runs its mailboxes
 */
export function countFollowing(domains: number, providers: number): string {
  return `
    insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, returned, complained, opened,
      clicked)
    select date_trunc('hour', now(), 'UTC'), '${noTeller}', l.tenant_id, l.node_id, l.from_domain,
      coalesce(p.provider, d.mailbox_provider, 'other'), count(*) filter (where l.kind = 'bounce'),
      count(*) filter (where l.kind = 'complaint'), count(*) filter (where l.kind = 'open'),
      count(*) filter (where l.kind = 'click')
    from (
      select f.kind, r.tenant_id, r.node_id, r.email, lower(split_part(c.from_email, '@', 2)) as from_domain
      from firsts f
      join campaign_sends s on s.send_id = f.send_id
      join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
      join email_sends r on r.send_month = s.send_month and r.send_id = f.send_id and r.contact_id = f.contact_id
        and r.tenant_id = s.tenant_id
      union all
      select f.kind, r.tenant_id, r.node_id, r.email, lower(split_part(e.from_email, '@', 2))
      from firsts f
      join emails e on e.email_id = f.send_id
      join email_recipients r on r.email_id = f.send_id and r.position = f.contact_id and r.tenant_id = e.tenant_id
    ) l
    left join unnest($${domains}::text[], $${providers}::text[]) as p (domain, provider)
      on p.domain = split_part(l.email, '@', 2)
    left join mail_domains d on d.domain = split_part(l.email, '@', 2)
    where l.node_id is not null and l.kind in ('bounce', 'complaint', 'open', 'click')
    group by l.tenant_id, l.node_id, l.from_domain, 6
    order by l.tenant_id, l.node_id, l.from_domain, 6
    on conflict (hour, teller, tenant_id, node_id, from_domain, mailbox_provider) do update set
      returned = delivery_hours.returned + excluded.returned, complained = delivery_hours.complained + excluded.complained,
      opened = delivery_hours.opened + excluded.opened, clicked = delivery_hours.clicked + excluded.clicked`;
}
