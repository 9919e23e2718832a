import type pg from "pg";
import { transaction } from "./pool.js";

/** An endpoint that has something due, and that nobody serves. */
export interface WokenWebhook {
  webhookId: string;
  tenantId: string;
  region: string | null;
}

export interface WebhookRelay {
  /** Makes deliveries of events, oldest first. @returns how many events, and which endpoints they are for */
  relay(): Promise<{ events: number; webhookIds: string[] }>;
  /** Of these endpoints, or of all, those to be woken; they count as served for some seconds. */
  wake(webhookIds: string[] | null): Promise<WokenWebhook[]>;
}

export function createWebhookRelay(pool: pg.Pool): WebhookRelay {
  return { relay: () => relay(pool), wake: (webhookIds) => wake(pool, webhookIds) };
}

/** Arbitrary, and one for every process: who relays at the same time would change the order of events. */
const relayLock = 7_203_816;
const eventsAtOnce = 2_000;

async function relay(pool: pg.Pool): Promise<{ events: number; webhookIds: string[] }> {
  return transaction(pool, async (client) => {
    const { rows: locks } = await client.query<{ taken: boolean }>(
      "select pg_try_advisory_xact_lock($1) as taken",
      [relayLock],
    );
    if (!locks[0]?.taken) return { events: 0, webhookIds: [] };
    const { rows } = await client.query<{ events: number; webhookIds: string[] }>({
      name: "relay-webhook-events",
      text: `
        with e as (
          update webhook_events set relayed_at = now()
          where event_id = any (array(
            select event_id from webhook_events where relayed_at is null order by event_id limit $1))
          returning event_id, tenant_id, type, key, priority, deliver_after, only_webhook_id
        ), made as (
          insert into webhook_deliveries (event_id, webhook_id, tenant_id, key, priority, next_attempt_at)
          select e.event_id, w.webhook_id, e.tenant_id, e.key, e.priority, coalesce(e.deliver_after, now())
          from e join webhook_endpoints w on w.tenant_id = e.tenant_id
            and case when e.only_webhook_id is not null then w.webhook_id = e.only_webhook_id
              else w.event_types is null or e.type = any (w.event_types) end
            -- Nobody is told of its own end.
            and not (e.type = 'webhook.disabled' and e.key = w.webhook_id::text)
          order by e.event_id
          on conflict do nothing
          returning webhook_id
        )
        select (select count(*)::int from e) as events,
          array(select distinct webhook_id::text from made) as "webhookIds"`,
      values: [eventsAtOnce],
    });
    return rows[0] ?? { events: 0, webhookIds: [] };
  });
}

/** Longer than a workflow and its activity need to begin. */
const beginsWithin = "interval '5 seconds'";

async function wake(pool: pg.Pool, webhookIds: string[] | null): Promise<WokenWebhook[]> {
  const { rows } = await pool.query<WokenWebhook>({
    name: "wake-webhooks",
    text: `
      update webhook_endpoints w set served_until = now() + ${beginsWithin}
      where ($1::uuid[] is null or webhook_id = any ($1)) and status = 'active'
        and coalesce(served_until, '-infinity') <= now() and coalesce(blocked_until, '-infinity') <= now()
        and exists (
          select from webhook_deliveries d
          where d.webhook_id = w.webhook_id and d.status = 'pending' and d.next_attempt_at <= now())
      returning webhook_id as "webhookId", tenant_id as "tenantId", region`,
    values: [webhookIds],
  });
  return rows;
}
