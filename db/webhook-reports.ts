import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { transaction, type Queryable } from "./pool.js";

export const deliveryStatuses = ["pending", "delivered", "dead", "cancelled"] as const;

/** One event for one endpoint, and how it stands. */
export interface Delivery {
  deliveryId: string;
  webhookId: string;
  /** `webhook-id` of its requests. */
  messageId: string;
  eventId: string;
  type: string;
  data: Record<string, unknown>;
  status: (typeof deliveryStatuses)[number];
  attempts: number;
  nextAttemptAt: Date | null;
  responseStatus: number | null;
  error: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface DeliveryAttempt {
  attempt: number;
  startedAt: Date;
  durationMs: number | null;
  /** `answered`, or why there was no answer; null: under way, or lost by a crash. */
  outcome: string | null;
  responseStatus: number | null;
  response: string | null;
  error: string | null;
}

export interface WebhookEvent {
  eventId: string;
  tenantId: string;
  type: string;
  version: number;
  data: Record<string, unknown>;
  key: string | null;
  priority: number;
  deliverAfter: Date | null;
  /** As the audit log names people and keys; null: told by Floe itself, or by nobody who said so. */
  requestedBy: string | null;
  createdAt: Date;
}

export interface NewEvent {
  tenantId: string;
  type: string;
  data: Record<string, unknown>;
  key: string | null;
  dedupKey: string | null;
  dedupWindowMs: number;
  priority: number;
  deliverAfter: Date | null;
  requestedBy: string | null;
  /** Only this endpoint is told, whatever it asked for. */
  webhookId: string | null;
}

export interface WebhookReports {
  /** Newest first; `before` is the last id of the page before. */
  listDeliveries(
    tenantId: string,
    page: { webhookId?: string; eventId?: string; status?: string; before?: string; limit: number },
  ): Promise<Delivery[]>;
  /** @throws NotFound */
  loadDelivery(tenantId: string, deliveryId: string): Promise<Delivery>;
  /** Newest first; `before` is the last id of the page before. */
  listEvents(
    tenantId: string,
    page: { type?: string; before?: string; limit: number },
  ): Promise<WebhookEvent[]>;
  /** @throws NotFound */
  loadEvent(tenantId: string, eventId: string): Promise<WebhookEvent>;
  /** In their order. @throws NotFound (delivery) */
  listAttempts(tenantId: string, deliveryId: string): Promise<DeliveryAttempt[]>;
  /**
   * Due at once, under the same id; its dead letter is resolved, and a failure after the last attempt makes a new one.
   * @throws NotFound
   */
  retryDelivery(tenantId: string, deliveryId: string): Promise<{ webhookId: string }>;
  /** Null: nobody wants it, or the same was told within the window. */
  publish(event: NewEvent): Promise<{ eventId: string } | null>;
}

export function createWebhookReports(pool: pg.Pool): WebhookReports {
  return {
    listDeliveries: (tenantId, page) => listDeliveries(pool, tenantId, page),
    loadDelivery: (tenantId, deliveryId) => loadDelivery(pool, tenantId, deliveryId),
    listEvents: (tenantId, page) => listEvents(pool, tenantId, page),
    loadEvent: (tenantId, eventId) => loadEvent(pool, tenantId, eventId),
    listAttempts: (tenantId, deliveryId) => listAttempts(pool, tenantId, deliveryId),
    retryDelivery: (tenantId, deliveryId) => retryDelivery(pool, tenantId, deliveryId),
    publish: (event) => publish(pool, event),
  };
}

const selectDelivery = `
  select d.delivery_id as "deliveryId", d.webhook_id as "webhookId", d.message_id as "messageId",
    d.event_id as "eventId", e.type, coalesce(d.data, e.data) as data, d.status, d.attempts,
    case when d.status = 'pending' then d.next_attempt_at end as "nextAttemptAt",
    d.response_status as "responseStatus", d.error, d.created_at as "createdAt", d.finished_at as "finishedAt"
  from`;
const withEvent = "join webhook_events e on e.event_id = d.event_id";

/** Newest first; those of one status in the order that the list of jobs has, too, so that both have one index. */
async function listDeliveries(
  pool: pg.Pool,
  tenantId: string,
  page: { webhookId?: string; eventId?: string; status?: string; before?: string; limit: number },
): Promise<Delivery[]> {
  const { webhookId = null, eventId = null, status = null, before = null, limit } = page;
  const behind = status === null ? "delivery_id < $4" : `(created_at, delivery_id) < (${createdAt}, $4)`;
  const byTime = (of = "") => `${status === null ? "" : `${of}created_at desc, `}${of}delivery_id desc`;
  const { rows } = await pool.query<Delivery>(
    // The page first, then its events: joined the other way round, all of the tenant's are read.
    `${selectDelivery} (
       select * from webhook_deliveries
       where tenant_id = $1 and ($2::uuid is null or webhook_id = $2) and ($3::text is null or status = $3)
         and ($4::bigint is null or ${behind}) and ($5::bigint is null or event_id = $5)
       order by ${byTime()} limit $6
     ) d ${withEvent}
     order by ${byTime("d.")}`,
    [tenantId, webhookId, status, before, eventId, limit],
  );
  return rows;
}

const createdAt = "(select created_at from webhook_deliveries where tenant_id = $1 and delivery_id = $4)";

async function loadDelivery(pool: pg.Pool, tenantId: string, deliveryId: string): Promise<Delivery> {
  const { rows } = await pool.query<Delivery>(
    `${selectDelivery} webhook_deliveries d ${withEvent} where d.tenant_id = $1 and d.delivery_id = $2`,
    [tenantId, deliveryId],
  );
  if (!rows[0]) throw new NotFound("delivery", deliveryId);
  return rows[0];
}

const selectEvent = `
  select event_id as "eventId", tenant_id as "tenantId", type, version, data, key, priority,
    deliver_after as "deliverAfter", requested_by as "requestedBy", created_at as "createdAt"
  from webhook_events`;

async function listEvents(
  pool: pg.Pool,
  tenantId: string,
  { type, before, limit }: { type?: string; before?: string; limit: number },
): Promise<WebhookEvent[]> {
  const { rows } = await pool.query<WebhookEvent>(
    `${selectEvent}
     where tenant_id = $1 and ($2::text is null or type = $2) and ($3::bigint is null or event_id < $3)
     order by event_id desc limit $4`,
    [tenantId, type ?? null, before ?? null, limit],
  );
  return rows;
}

async function loadEvent(pool: pg.Pool, tenantId: string, eventId: string): Promise<WebhookEvent> {
  const { rows } = await pool.query<WebhookEvent>(`${selectEvent} where tenant_id = $1 and event_id = $2`, [
    tenantId,
    eventId,
  ]);
  if (!rows[0]) throw new NotFound("event", eventId);
  return rows[0];
}

async function listAttempts(pool: pg.Pool, tenantId: string, deliveryId: string): Promise<DeliveryAttempt[]> {
  const { rows } = await pool.query<DeliveryAttempt & { known: true }>(
    `select a.attempt, a.started_at as "startedAt", a.duration_ms as "durationMs", a.outcome,
       a.response_status as "responseStatus", a.response, a.error
     from webhook_deliveries d left join webhook_attempts a on a.delivery_id = d.delivery_id
     where d.tenant_id = $1 and d.delivery_id = $2
     order by a.attempt`,
    [tenantId, deliveryId],
  );
  if (rows.length === 0) throw new NotFound("delivery", deliveryId);
  return rows.filter(({ attempt }) => attempt !== null);
}

async function retryDelivery(
  pool: pg.Pool,
  tenantId: string,
  deliveryId: string,
): Promise<{ webhookId: string }> {
  await retryDeliveries(pool, tenantId, [deliveryId]);
  const { webhookId } = await loadDelivery(pool, tenantId, deliveryId);
  return { webhookId };
}

/** Attempts go on counting: none is written over. @returns those that were not due already */
export async function retryDeliveries(
  db: Queryable,
  tenantId: string,
  deliveryIds: string[],
): Promise<string[]> {
  const { rows } = await db.query<{ deliveryId: string }>(
    `with retried as (
       update webhook_deliveries set status = 'pending', next_attempt_at = now(), finished_at = null
       where tenant_id = $1 and delivery_id = any ($2::bigint[])
         and (status <> 'pending' or next_attempt_at > now())
       returning delivery_id
     ), letters as (
       update dead_letters l set resolved_at = now(), resolution = 'retried'
       from retried r where l.delivery_id = r.delivery_id and l.tenant_id = $1 and l.resolved_at is null
     )
     select delivery_id as "deliveryId" from retried`,
    [tenantId, deliveryIds],
  );
  return rows.map(({ deliveryId }) => deliveryId);
}

async function publish(pool: pg.Pool, event: NewEvent): Promise<{ eventId: string } | null> {
  return transaction(pool, async (client) => {
    // A statement of its own: of two at once the second waits here, and the next one sees what the first has written.
    if (event.dedupKey !== null) {
      await client.query("select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))", [
        event.tenantId,
        event.dedupKey,
      ]);
    }
    const { rows } = await client.query<{ eventId: string }>(
      `insert into webhook_events (tenant_id, type, data, key, dedup_key, priority, deliver_after, only_webhook_id,
         requested_by)
       select $1, $2, $3, $4, $5, $7, $8, $9::uuid, $10
       where ($9::uuid is not null or webhook_wants($1, $2)) and not exists (
         select from webhook_events
         where tenant_id = $1 and dedup_key = $5 and created_at > now() - $6 * interval '1 millisecond')
       returning event_id as "eventId"`,
      [
        ...[event.tenantId, event.type, JSON.stringify(event.data), event.key, event.dedupKey],
        ...[event.dedupWindowMs, event.priority, event.deliverAfter, event.webhookId, event.requestedBy],
      ],
    );
    return rows[0] ?? null;
  });
}
