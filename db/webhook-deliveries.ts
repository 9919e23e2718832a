import type pg from "pg";
import type {
  AttemptRecord,
  BegunDelivery,
  Outlook,
  ServedEndpoint,
  WebhookDeliveryStore,
} from "../activities/webhook-delivery-ports.js";
import { createGroupCommit } from "../domain/group-commit.js";
import { webhookSecret, type Sealer } from "./sealed.js";

/**
 * Deliveries as whoever serves an endpoint needs them. Hundreds of endpoints are served at once by one process: what they
 * ask and record at the same time shares a statement.
 */
export function createWebhookDeliveryStore(pool: pg.Pool, sealer: Sealer): WebhookDeliveryStore {
  return {
    keepServing: (webhookId) => keepServing(pool, sealer, webhookId),
    claim: createGroupCommit((requests: ClaimRequest[]) => claim(pool, requests), isSmall),
    record: createGroupCommit((records: AttemptRecord[]) => record(pool, records), isSmall),
    endServing: (webhookId) => endServing(pool, webhookId),
  };
}

function isSmall(group: readonly unknown[]): boolean {
  return group.length < 500;
}

/** After a crash, the time until somebody else serves it. */
const servedFor = "interval '20 seconds'";

async function keepServing(pool: pg.Pool, sealer: Sealer, webhookId: string): Promise<ServedEndpoint | null> {
  const { rows } = await pool.query<ServedEndpoint>({
    name: "keep-serving-webhook",
    text: `
      update webhook_endpoints set served_until = now() + ${servedFor}
      where webhook_id = $1 and status = 'active'
      returning webhook_id as "webhookId", url, per_second as "perSecond", concurrency, timeout_ms as "timeoutMs",
        allow_private as "allowPrivate",
        case when previous_secret_until > now() then array[secret, previous_secret] else array[secret] end as secrets,
        json_build_object('maxAttempts', max_attempts, 'baseMs', retry_base_ms, 'capMs', retry_cap_ms) as schedule,
        json_build_object('failures', failures, 'disabled', null,
          'failingSinceMs', (extract(epoch from failing_since) * 1000)::float8,
          'blockedUntilMs', (extract(epoch from blocked_until) * 1000)::float8) as standing`,
    values: [webhookId],
  });
  const [endpoint] = rows;
  if (!endpoint) return null;
  const secrets = endpoint.secrets.map((secret) => sealer.open(secret, webhookSecret(webhookId)));
  return { ...endpoint, secrets };
}

type ClaimRequest = Parameters<WebhookDeliveryStore["claim"]>[0];

async function claim(pool: pg.Pool, requests: ClaimRequest[]): Promise<BegunDelivery[][]> {
  const { rows } = await pool.query<BegunDelivery>({
    name: "claim-webhook-deliveries",
    text: `
      with asked as (
        select a.*, w.fifo from unnest($1::uuid[], $2::int[], $3::int[]) as a (webhook_id, at_most, lease_ms)
        join webhook_endpoints w on w.webhook_id = a.webhook_id and w.status = 'active'
      ), due as (
        select d.delivery_id, a.lease_ms from asked a
        cross join lateral (
          select c.delivery_id from generate_series(1, 5) as p (priority)
          cross join lateral (
            -- By key for each priority: urgent ones are found behind any backlog of others.
            select delivery_id, next_attempt_at from webhook_deliveries d
            where d.webhook_id = a.webhook_id and d.status = 'pending' and d.priority = p.priority
              and d.next_attempt_at <= now()
              and (not a.fifo or d.key is null or not exists (
                select from webhook_deliveries o
                where o.webhook_id = d.webhook_id and o.key = d.key and o.status = 'pending'
                  and o.delivery_id < d.delivery_id))
            order by d.next_attempt_at, d.delivery_id limit a.at_most
          ) c
          order by p.priority, c.next_attempt_at, c.delivery_id limit a.at_most
        ) d
      ), claimed as (
        update webhook_deliveries d set attempts = d.attempts + 1,
          next_attempt_at = now() + due.lease_ms * interval '1 millisecond'
        from due where d.delivery_id = due.delivery_id and d.status = 'pending' and d.next_attempt_at <= now()
        returning d.delivery_id, d.webhook_id, d.message_id, d.event_id, d.attempts, d.data
      ), begun as (
        insert into webhook_attempts (delivery_id, attempt) select delivery_id, attempts from claimed
      )
      select c.delivery_id as "deliveryId", c.webhook_id as "webhookId", c.message_id as "messageId",
        c.attempts as attempt, e.tenant_id as "tenantId", e.type, e.version,
        coalesce(c.data, e.data) as data, e.created_at as "createdAt"
      from claimed c join webhook_events e on e.event_id = c.event_id
      order by c.delivery_id`,
    values: [
      requests.map(({ webhookId }) => webhookId),
      requests.map(({ atMost }) => atMost),
      requests.map(({ leaseMs }) => leaseMs),
    ],
  });
  const byWebhook = new Map<string, BegunDelivery[]>();
  for (const row of rows) {
    const own = byWebhook.get(row.webhookId);
    if (own) own.push(row);
    else byWebhook.set(row.webhookId, [row]);
  }
  return requests.map(({ webhookId }) => {
    const own = byWebhook.get(webhookId) ?? [];
    // Each is handed out once, also when an attempt that nobody waits for any more asks at the same time.
    byWebhook.delete(webhookId);
    return own;
  });
}

async function record(pool: pg.Pool, records: AttemptRecord[]): Promise<void[]> {
  // The last word about an endpoint stands: one activity serves it, and tells in order.
  const standings = new Map(records.map(({ webhookId, standing }) => [webhookId, standing]));
  await pool.query({
    name: "record-webhook-attempts",
    text: `
      with r as (
        select * from unnest($1::bigint[], $2::smallint[], $3::text[], $4::int[], $5::smallint[], $6::text[], $7::text[],
          $8::text[], $9::bigint[])
          as i (delivery_id, attempt, outcome, duration_ms, response_status, response, error, status, after_ms)
      ), attempted as (
        update webhook_attempts a set outcome = r.outcome, duration_ms = r.duration_ms,
          response_status = r.response_status, response = r.response, error = r.error
        from r where a.delivery_id = r.delivery_id and a.attempt = r.attempt
      ), moved as (
        update webhook_deliveries d set status = r.status, response_status = r.response_status, error = r.error,
          next_attempt_at = now() + r.after_ms * interval '1 millisecond',
          finished_at = case when r.status <> 'pending' then now() end
        from r where d.delivery_id = r.delivery_id and d.attempts = r.attempt and d.status = 'pending'
        returning d.delivery_id, d.tenant_id, d.status, d.attempts,
          coalesce(r.error, 'answered ' || r.response_status) as reason
      ), dead as (
        insert into dead_letters (tenant_id, kind, delivery_id, reason, attempts)
        select tenant_id, 'webhook', delivery_id, reason, attempts from moved where status = 'dead'
        on conflict do nothing
      )
      update webhook_endpoints w set failures = s.failures, failing_since = to_timestamp(s.failing_since_ms / 1000),
        blocked_until = to_timestamp(s.blocked_until_ms / 1000),
        status = case when s.disabled is not null and w.status = 'active' then 'disabled' else w.status end,
        disabled_reason = case when w.status = 'active' then s.disabled else w.disabled_reason end
      from unnest($10::uuid[], $11::int[], $12::float8[], $13::float8[], $14::text[])
        as s (webhook_id, failures, failing_since_ms, blocked_until_ms, disabled)
      where w.webhook_id = s.webhook_id and (s.failures > 0 or w.failures > 0 or s.blocked_until_ms is not null)`,
    values: [
      records.map(({ deliveryId }) => deliveryId),
      records.map(({ attempt }) => attempt),
      records.map(({ outcome }) => outcome),
      records.map(({ durationMs }) => durationMs),
      records.map(({ responseStatus }) => responseStatus),
      records.map(({ response }) => response),
      records.map(({ error }) => error),
      records.map(({ status }) => status),
      records.map(({ afterMs }) => afterMs),
      [...standings.keys()],
      [...standings.values()].map(({ failures }) => failures),
      [...standings.values()].map(({ failingSinceMs }) => failingSinceMs),
      [...standings.values()].map(({ blockedUntilMs }) => blockedUntilMs),
      [...standings.values()].map(({ disabled }) => disabled),
    ],
  });
  return records.map(() => undefined);
}

/** Two statements: what was written before the first was seen to end is found by the second. */
async function endServing(pool: pg.Pool, webhookId: string): Promise<Outlook> {
  await pool.query("update webhook_endpoints set served_until = null where webhook_id = $1", [webhookId]);
  const { rows } = await pool.query<Outlook>(
    `select (extract(epoch from greatest(min(d.next_attempt_at), w.blocked_until) - now()) * 1000)::float8 as "waitMs"
     from webhook_endpoints w
     join webhook_deliveries d on d.webhook_id = w.webhook_id and d.status = 'pending'
     where w.webhook_id = $1 and w.status = 'active'
     group by w.webhook_id`,
    [webhookId],
  );
  const waitMs = rows[0]?.waitMs ?? null;
  return { waitMs: waitMs === null ? null : Math.max(0, waitMs) };
}
