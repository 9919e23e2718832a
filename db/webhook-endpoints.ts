import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import type { DisabledReason } from "../domain/webhook-delivery.js";
import { requireTenant } from "./require-tenant.js";
import { webhookSecret, type Sealer } from "./sealed.js";

/** What a tenant says of an endpoint. */
export interface WebhookSettings {
  url: string;
  description: string;
  /** Null: every type. */
  eventTypes: string[] | null;
  maxAttempts: number;
  retryBaseMs: number;
  retryCapMs: number;
  timeoutMs: number;
  /** Requests; null: as fast as the concurrency lets them. */
  perSecond: number | null;
  concurrency: number;
  /** Events of one key one after the other, in their order. */
  fifo: boolean;
  region: string | null;
  allowPrivate: boolean;
}

/** An endpoint as its tenant sees it: never with a secret. */
export interface Webhook extends WebhookSettings {
  webhookId: string;
  tenantId: string;
  status: "active" | "paused" | "disabled";
  disabledReason: DisabledReason | null;
  /** In a row, since a success. */
  failures: number;
  failingSince: Date | null;
  /** Nothing is sent before then. */
  blockedUntil: Date | null;
  /** Until when the secret before the last rotation signs, too. */
  previousSecretUntil: Date | null;
  createdAt: Date;
}

export interface WebhookRef {
  tenantId: string;
  webhookId: string;
}

export interface WebhookStore {
  /** The secret is kept sealed. @throws NotFound (tenant), ConfigInvalid without a key to seal with */
  createWebhook(webhook: WebhookSettings & WebhookRef & { secret: string }): Promise<void>;
  /** Newest first; `before` is the last one of the page before. */
  listWebhooks(tenantId: string, page: { before?: string; limit: number }): Promise<Webhook[]>;
  /** @throws NotFound */
  loadWebhook(ref: WebhookRef): Promise<Webhook>;
  /** What is left out stays. @throws NotFound */
  updateWebhook(ref: WebhookRef, change: Partial<WebhookSettings>): Promise<Webhook>;
  /** Active again, it begins as if it had never failed. @throws NotFound */
  setWebhookStatus(ref: WebhookRef, status: "active" | "paused"): Promise<Webhook>;
  /** The old secret signs, too, for so long. @throws NotFound, ConfigInvalid without a key to seal with */
  rotateSecret(ref: WebhookRef, rotation: { secret: string; keepOldMs: number }): Promise<Webhook>;
  /** With its deliveries. @throws NotFound */
  removeWebhook(ref: WebhookRef): Promise<void>;
}

export function createWebhookStore(pool: pg.Pool, sealer: Sealer): WebhookStore {
  const one = async (ref: WebhookRef, text: string, values: unknown[]): Promise<Webhook> => {
    const { rows } = await pool.query<Webhook>(text, [ref.tenantId, ref.webhookId, ...values]);
    if (!rows[0]) throw new NotFound("webhook", ref.webhookId);
    return rows[0];
  };
  return {
    createWebhook: (webhook) => createWebhook(pool, sealer, webhook),
    listWebhooks: (tenantId, page) => listWebhooks(pool, tenantId, page),
    loadWebhook: (ref) =>
      one(ref, `select ${columns} from webhook_endpoints w where tenant_id = $1 and webhook_id = $2`, []),
    updateWebhook: (ref, change) => one(ref, updateText, settingsOf(change)),
    setWebhookStatus: (ref, status) => one(ref, statusText, [status]),
    rotateSecret: async (ref, { secret, keepOldMs }) =>
      one(ref, rotateText, [sealer.seal(secret, webhookSecret(ref.webhookId)), keepOldMs]),
    removeWebhook: async (ref) => {
      const { rowCount } = await pool.query(
        "delete from webhook_endpoints where tenant_id = $1 and webhook_id = $2",
        [ref.tenantId, ref.webhookId],
      );
      if (rowCount === 0) throw new NotFound("webhook", ref.webhookId);
    },
  };
}

const columns = `w.webhook_id as "webhookId", w.tenant_id as "tenantId", w.url, w.description,
  w.event_types as "eventTypes", w.max_attempts as "maxAttempts", w.retry_base_ms::float8 as "retryBaseMs",
  w.retry_cap_ms::float8 as "retryCapMs", w.timeout_ms as "timeoutMs", w.per_second as "perSecond", w.concurrency,
  w.fifo, w.region, w.allow_private as "allowPrivate", w.status, w.disabled_reason as "disabledReason", w.failures,
  w.failing_since as "failingSince", w.blocked_until as "blockedUntil",
  case when w.previous_secret_until > now() then w.previous_secret_until end as "previousSecretUntil",
  w.created_at as "createdAt"`;

/** Null stays, but for what may itself be null: that is said by whether it was given. */
const updateText = `
  update webhook_endpoints w set url = coalesce($3, url), description = coalesce($4, description),
    event_types = case when $5 then $6::text[] else event_types end, max_attempts = coalesce($7, max_attempts),
    retry_base_ms = coalesce($8, retry_base_ms), retry_cap_ms = coalesce($9, retry_cap_ms),
    timeout_ms = coalesce($10, timeout_ms), per_second = case when $11 then $12 else per_second end,
    concurrency = coalesce($13, concurrency), fifo = coalesce($14, fifo),
    region = case when $15 then $16 else region end, allow_private = coalesce($17, allow_private), updated_at = now()
  where tenant_id = $1 and webhook_id = $2
  returning ${columns}`;

const statusText = `
  update webhook_endpoints w set status = $3, disabled_reason = null, failures = 0, failing_since = null,
    blocked_until = null, served_until = null, updated_at = now()
  where tenant_id = $1 and webhook_id = $2
  returning ${columns}`;

const rotateText = `
  update webhook_endpoints w set secret = $3, previous_secret = secret,
    previous_secret_until = now() + $4 * interval '1 millisecond', updated_at = now()
  where tenant_id = $1 and webhook_id = $2
  returning ${columns}`;

function settingsOf(change: Partial<WebhookSettings>): unknown[] {
  const { eventTypes, perSecond, region } = change;
  return [
    ...[change.url, change.description, eventTypes !== undefined, eventTypes, change.maxAttempts],
    ...[change.retryBaseMs, change.retryCapMs, change.timeoutMs, perSecond !== undefined, perSecond],
    ...[change.concurrency, change.fifo, region !== undefined, region, change.allowPrivate],
  ].map((value) => value ?? null);
}

async function createWebhook(
  pool: pg.Pool,
  sealer: Sealer,
  webhook: Parameters<WebhookStore["createWebhook"]>[0],
): Promise<void> {
  const secret = sealer.seal(webhook.secret, webhookSecret(webhook.webhookId));
  await requireTenant(pool, webhook.tenantId);
  await pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, secret, url, description, event_types, max_attempts,
       retry_base_ms, retry_cap_ms, timeout_ms, per_second, concurrency, fifo, region, allow_private)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[webhook.webhookId, webhook.tenantId, secret, webhook.url, webhook.description],
      ...[webhook.eventTypes, webhook.maxAttempts, webhook.retryBaseMs, webhook.retryCapMs],
      ...[webhook.timeoutMs, webhook.perSecond, webhook.concurrency, webhook.fifo, webhook.region],
      webhook.allowPrivate,
    ],
  );
}

async function listWebhooks(
  pool: pg.Pool,
  tenantId: string,
  page: { before?: string; limit: number },
): Promise<Webhook[]> {
  const { rows } = await pool.query<Webhook>(
    `select ${columns} from webhook_endpoints w
     where w.tenant_id = $1
       and ($2::uuid is null or (w.created_at, w.webhook_id) < (
         (select created_at from webhook_endpoints where tenant_id = $1 and webhook_id = $2), $2))
     order by w.created_at desc, w.webhook_id desc limit $3`,
    [tenantId, page.before ?? null, page.limit],
  );
  return rows;
}
