import type { WebhookEventType } from "../domain/webhook-events.js";

const settledAs: Record<string, WebhookEventType> = {
  sent: "email.delivered",
  deferred: "email.deferred",
  bounced: "email.bounced",
  dead: "email.failed",
};

/** SQL of what a settled recipient is known by, given its row as `s`. */
interface RecipientSql {
  tenantId: string;
  emailId: string;
  sendId: string;
  campaignId: string;
  contactId: string;
  /** Of this send or email. */
  place: string;
}

/**
 * The part of a settling statement that tells webhooks: given its recipients as `settled`, one insert of all their events.
 * Whether the tenant wants any is looked up once a statement; when it does not, `settled` is not read.
 */
export function tellSettled({ tenantId, place, ...ids }: RecipientSql): string {
  return `
    insert into webhook_events (tenant_id, type, key, data)
    select ${tenantId}, t.type, coalesce(${ids.emailId}, ${ids.sendId}) || '/' || ${place},
      ${recipientData(ids, "s.email")}
      || jsonb_build_object('attempts', s.attempts, 'node_id', s.node_id, 'possible_duplicate', s.possible_duplicate)
      || case when s.status = 'sent' then '{}'
         else jsonb_build_object('reason', s.reason, 'reply_code', s.reply_code, 'enhanced_code', s.enhanced_code) end
    from ${typesTable(settledAs, "status")}
    join settled s on s.status = t.status
    where t.type = any (
      (select webhook_types_wanted(${tenantId}, '{${Object.values(settledAs).join(",")}}'))::text[])`;
}

const recordedAs: Record<string, WebhookEventType> = {
  open: "email.opened",
  click: "email.clicked",
  unsubscribe: "email.unsubscribed",
  complaint: "email.complained",
  reply: "email.replied",
};

/**
 * The part of the statement that records what recipients did: given `known` (one row an event) and `firsts`. What is told
 * once, however often it is said, is told with the first. The ledger knows where the mail went.
 */
export const tellRecorded = `
    insert into webhook_events (tenant_id, type, key, data)
    select k.tenant_id, t.type, k.send_id || '/' || k.contact_id,
      ${recipientData(
        {
          emailId: "case when k.send_month is null then k.send_id end",
          sendId: "case when k.send_month is not null then k.send_id end",
          campaignId:
            "nullif(coalesce(k.campaign_id, c.campaign_id), '00000000-0000-0000-0000-000000000000')",
          contactId: "case when k.send_month is not null then k.contact_id end",
        },
        "coalesce(r.email, e.email)",
      )}
      || jsonb_build_object('occurred_at', k.occurred_at)
      || case when k.kind in ('open', 'click') then jsonb_build_object('user_agent', k.user_agent) else '{}' end
      || case when k.kind = 'click' then jsonb_build_object('url', coalesce(k.url, v.links[k.link + 1])) else '{}' end
    from (
      select tenant_id, webhook_types_wanted(tenant_id, '{${Object.values(recordedAs).join(",")}}') as types
      from (select distinct tenant_id from known) tenants
    ) w
    join known k on k.tenant_id = w.tenant_id
    join ${typesTable(recordedAs, "kind")} on t.kind = k.kind and t.type = any (w.types)
    left join campaign_sends c on c.send_id = k.send_id
    left join emails m on m.email_id = k.send_id
    left join template_versions v
      on v.template_version_id = coalesce(c.template_version_id, m.template_version_id) and v.tenant_id = k.tenant_id
    left join email_sends r on r.send_month = k.send_month and r.send_id = k.send_id
      and r.contact_id = k.contact_id and r.tenant_id = k.tenant_id
    left join email_recipients e on e.email_id = k.send_id and e.position = k.contact_id
      and e.tenant_id = k.tenant_id and k.send_month is null
    where k.kind in ('open', 'click') or (k.nth = 1 and exists (
      select from firsts f where f.send_id = k.send_id and f.contact_id = k.contact_id and f.kind = k.kind))`;

function recipientData(ids: Omit<RecipientSql, "tenantId" | "place">, email: string): string {
  return `jsonb_build_object('email', ${email}, 'email_id', ${ids.emailId}, 'send_id', ${ids.sendId},
        'campaign_id', ${ids.campaignId}, 'contact_id', (${ids.contactId})::text)`;
}

function typesTable(types: Record<string, WebhookEventType>, by: string): string {
  const rows = Object.entries(types).map(([value, type]) => `('${value}', '${type}')`);
  return `(values ${rows.join(", ")}) as t (${by}, type)`;
}
