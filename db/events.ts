import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { mailboxProviderOfDomain } from "../domain/mailbox-provider.js";
import { countFollowing } from "./delivery-hours.js";
import type { Queryable } from "./pool.js";
import { keepGravestReason } from "./suppressions.js";
import { tellRecorded } from "./webhook-outbox.js";

/** What a recipient of a send or of a single email did, or what became of their message; the tenant follows from that. */
export interface EmailEvent {
  /** The send's id, or the single email's. */
  sendId: string;
  /** The contact's id, or the position of the single email's recipient. */
  contactId: string;
  kind: "open" | "click" | "unsubscribe" | "bounce" | "complaint" | "delivery" | "reply";
  /** Place of a static link in the template version's `links`. */
  link?: number;
  /** Target of a link that was not static. */
  url?: string;
  userAgent?: string;
  occurredAt: Date;
}

export interface RecipientKey {
  sendId: string;
  contactId: string;
}

export interface EventStore {
  /**
   * Writes a group of events with the counts that follow from them, all or nothing. Unsubscribes and complaints suppress
   * the address; they, replies and deliveries count once, however often they are told. Events of unknown sends are dropped.
   */
  recordEvents(events: readonly EmailEvent[]): Promise<void>;
  /** Durable when it resolves; doing it again changes nothing. @throws NotFound (send, recipient) */
  unsubscribe(recipient: RecipientKey, userAgent?: string): Promise<void>;
  /** True when the recipient's address is suppressed, by this tenant or globally. @throws NotFound */
  isUnsubscribed(recipient: RecipientKey): Promise<boolean>;
  /** Tenant and link targets of a send; constant. @throws NotFound */
  loadSendFacts(sendId: string): Promise<{ tenantId: string; links: string[] }>;
}

export function createEventStore(pool: pg.Pool): EventStore {
  return {
    recordEvents: async (events) => void (await recordEvents(pool, events)),
    unsubscribe: (recipient, userAgent) => unsubscribe(pool, recipient, userAgent),
    isUnsubscribed: (recipient) => isUnsubscribed(pool, recipient),
    loadSendFacts: (sendId) => loadSendFacts(pool, sendId),
  };
}

interface Recorded {
  /** Events of sends that exist. */
  known: number;
  /** Unsubscribes and complaints whose address is known, and now suppressed. */
  suppressed: number;
}

/** Inserts are ordered by their keys, so that two groups that meet wait for each other instead of deadlocking. */
export async function recordEvents(pool: Queryable, events: readonly EmailEvent[]): Promise<Recorded> {
  if (events.length === 0) return { known: 0, suppressed: 0 };
  const { rows } = await pool.query<Recorded>({
    name: "record-events",
    text: `
      with known as materialized (
        select i.*, s.tenant_id, s.send_month, s.campaign_id,
          row_number() over (partition by i.send_id, i.contact_id, i.kind order by i.occurred_at) as nth
        from unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])
          as i (send_id, contact_id, kind, link, url, user_agent, occurred_at)
        cross join lateral (
          select tenant_id, send_month, null::uuid as campaign_id from campaign_sends where send_id = i.send_id
          union all
          -- A single email has no month.
          select tenant_id, null, coalesce(campaign_id, '00000000-0000-0000-0000-000000000000')
          from emails where email_id = i.send_id
        ) s
      ), firsts as (
        insert into email_engagements (send_id, contact_id, kind, first_at)
        select send_id, contact_id, kind, occurred_at from known where nth = 1 order by send_id, contact_id, kind
        on conflict do nothing
        returning send_id, contact_id, kind
      ), recorded as (
        insert into email_events (tenant_id, send_id, contact_id, kind, link, url, user_agent, occurred_at)
        select tenant_id, send_id, contact_id, kind, link, url, user_agent, occurred_at from known k
        where kind in ('open', 'click', 'bounce') or (nth = 1 and kind <> 'delivery' and exists (
          select from firsts f where f.send_id = k.send_id and f.contact_id = k.contact_id and f.kind = k.kind))
        order by occurred_at
        returning send_id, contact_id, kind
      ), counted as (
        insert into campaign_analytics (send_id, tenant_id, opens, clicks, unique_opens, unique_clicks, unsubscribes,
          delivered, replies)
        select k.send_id, k.tenant_id, count(*) filter (where kind = 'open'), count(*) filter (where kind = 'click'),
          (select count(*) from firsts f where f.send_id = k.send_id and f.kind = 'open'),
          (select count(*) from firsts f where f.send_id = k.send_id and f.kind = 'click'),
          (select count(*) from firsts f where f.send_id = k.send_id and f.kind = 'unsubscribe'),
          (select count(*) from firsts f where f.send_id = k.send_id and f.kind = 'delivery'),
          (select count(*) from firsts f where f.send_id = k.send_id and f.kind = 'reply')
        from known k where k.send_month is not null group by k.send_id, k.tenant_id order by k.send_id
        on conflict (send_id) do update set opens = campaign_analytics.opens + excluded.opens,
          clicks = campaign_analytics.clicks + excluded.clicks,
          unique_opens = campaign_analytics.unique_opens + excluded.unique_opens,
          unique_clicks = campaign_analytics.unique_clicks + excluded.unique_clicks,
          unsubscribes = campaign_analytics.unsubscribes + excluded.unsubscribes,
          delivered = campaign_analytics.delivered + excluded.delivered,
          replies = campaign_analytics.replies + excluded.replies, updated_at = now()
      ), counted_singles as (
        insert into email_analytics (tenant_id, day, campaign_id, kind, count)
        select k.tenant_id, (now() at time zone 'UTC')::date, k.campaign_id, r.kind, count(*)
        from recorded r
        join (select distinct send_id, tenant_id, campaign_id from known where send_month is null) k
          on k.send_id = r.send_id
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
        on conflict (tenant_id, day, campaign_id, kind) do update set count = email_analytics.count + excluded.count
      ), ${countFollowing(8, 9)}
      ), unwilling as materialized (
        -- The ledger knows where the mail went; a contact may have another address by now.
        select k.tenant_id, k.send_id, k.kind, coalesce(r.email, c.email, e.email) as email
        from known k
        left join email_sends r on r.send_month = k.send_month and r.send_id = k.send_id
          and r.contact_id = k.contact_id and r.tenant_id = k.tenant_id
        left join contacts c on c.contact_id = k.contact_id and c.tenant_id = k.tenant_id
          and k.send_month is not null
        left join email_recipients e on e.email_id = k.send_id and e.position = k.contact_id
          and e.tenant_id = k.tenant_id and k.send_month is null
        where k.nth = 1 and k.kind in ('unsubscribe', 'complaint')
      ), suppressed as (
        insert into suppressions (tenant_id, kind, value, reason, send_id)
        -- Once an address; of two kinds the complaint, which comes first by the alphabet.
        select distinct on (email, tenant_id) tenant_id, 'address', email,
          case kind when 'complaint' then 'complained' else 'unsubscribed' end, send_id
        from unwilling where email is not null order by email, tenant_id, kind
        ${keepGravestReason}
      ), told as (${tellRecorded})
      select (select count(*)::int from known) as known,
        (select count(email)::int from unwilling) as suppressed`,
    values: [
      events.map((event) => event.sendId),
      events.map((event) => event.contactId),
      events.map((event) => event.kind),
      events.map((event) => event.link ?? null),
      events.map((event) => event.url ?? null),
      events.map((event) => event.userAgent ?? null),
      events.map((event) => event.occurredAt),
      [...mailboxProviderOfDomain.keys()],
      [...mailboxProviderOfDomain.values()],
    ],
  });
  return rows[0] ?? { known: 0, suppressed: 0 };
}

async function unsubscribe(pool: pg.Pool, recipient: RecipientKey, userAgent?: string): Promise<void> {
  const { known, suppressed } = await recordEvents(pool, [
    { ...recipient, kind: "unsubscribe", userAgent, occurredAt: new Date() },
  ]);
  if (known === 0) throw new NotFound("send", recipient.sendId);
  if (suppressed === 0) throw new NotFound("recipient", recipient.contactId);
}

async function isUnsubscribed(pool: pg.Pool, { sendId, contactId }: RecipientKey): Promise<boolean> {
  const { rows } = await pool.query<{ suppressed: boolean }>(
    `select exists (
       select from suppressions p
       where p.value = t.email and p.kind = 'address' and p.tenant_id in (t.tenant_id, '*')
     ) as suppressed
     from (
       select s.tenant_id, coalesce(r.email, c.email) as email
       from campaign_sends s
       left join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id
         and r.tenant_id = s.tenant_id and r.contact_id = $2
       left join contacts c on c.contact_id = $2 and c.tenant_id = s.tenant_id
       where s.send_id = $1
       union all
       select tenant_id, email from email_recipients where email_id = $1 and position = $2::bigint
     ) t
     where t.email is not null`,
    [sendId, contactId],
  );
  if (!rows[0]) throw new NotFound("recipient", contactId);
  return rows[0].suppressed;
}

async function loadSendFacts(pool: pg.Pool, sendId: string): Promise<{ tenantId: string; links: string[] }> {
  const { rows } = await pool.query<{ tenantId: string; links: string[] }>(
    `select s.tenant_id as "tenantId", v.links
     from campaign_sends s
     join template_versions v on v.template_version_id = s.template_version_id and v.tenant_id = s.tenant_id
     where s.send_id = $1
     union all
     select e.tenant_id, coalesce(v.links, e.links)
     from emails e
     left join template_versions v
       on v.template_version_id = e.template_version_id and v.tenant_id = e.tenant_id
     where e.email_id = $1`,
    [sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}
