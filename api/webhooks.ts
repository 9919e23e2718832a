import express, { Router, type Request } from "express";
import type {
  SecretRotation,
  Webhook,
  WebhookChange,
  WebhookInput,
  WebhookRef,
  Webhooks,
} from "../client/webhooks.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";
import { createWebhookDeliveryRoutes } from "./webhook-deliveries.js";

export interface WebhookRoutePorts {
  webhooks: Webhooks;
  apiToken: string | undefined;
}

const path = "/api/webhooks";
const refNames = { tenant_id: "tenantId", webhook_id: "webhookId" };
const settings = {
  url: "url",
  description: "description",
  event_types: "eventTypes",
  max_attempts: "maxAttempts",
  retry_base_ms: "retryBaseMs",
  retry_cap_ms: "retryCapMs",
  timeout_ms: "timeoutMs",
  per_second: "perSecond",
  concurrency: "concurrency",
  fifo: "fifo",
  region: "region",
  allow_private: "allowPrivate",
};
const createNames = { tenant_id: "tenantId", secret: "secret", ...settings };
const changeNames = { ...refNames, ...settings };
const rotationNames = { ...refNames, secret: "secret", keep_old_ms: "keepOldMs" };
const pageNames = { tenant_id: "tenantId", before: "before", limit: "limit" };

/**
 * Endpoints over HTTP: `POST` and `GET /api/webhooks`, `GET`, `PATCH` and `DELETE /api/webhooks/:id`, and `POST` to its
 * `/pause`, `/resume`, `/test` and `/rotate-secret`. A secret is in the answer that made it, and in no other.
 */
export function createWebhookRoutes({ webhooks, apiToken }: WebhookRoutePorts): Router {
  const router = Router();
  router.use(path, bearer(apiToken));

  router.post(path, express.json(), async (request, response) => {
    const body = readNames(request.body, createNames) as unknown as WebhookInput;
    const { secret, ...webhook } = await withNames(createNames, () => webhooks.create(body));
    const { webhookId, tenantId } = webhook;
    response
      .status(201)
      .location(`${path}/${webhookId}?tenant_id=${tenantId}`)
      .json({ ...toJson(webhook), secret });
  });

  router.get(path, async (request, response) => {
    const { limit, ...query } = readNames(request.query, pageNames);
    const page = { ...query, ...(limit !== undefined && { limit: Number(limit) }) };
    const rows = await withNames(pageNames, () => webhooks.list(page as Parameters<Webhooks["list"]>[0]));
    response.json({ webhooks: rows.map(toJson) });
  });

  router.get(`${path}/:id`, async (request, response) => {
    response.json(toJson(await withNames(refNames, () => webhooks.get(refOf(request)))));
  });

  router.patch(`${path}/:id`, express.json(), async (request, response) => {
    const change = { ...readNames(request.body, changeNames), ...idOf(request) } as WebhookChange;
    response.json(toJson(await withNames(changeNames, () => webhooks.update(change))));
  });

  router.delete(`${path}/:id`, async (request, response) => {
    await withNames(refNames, () => webhooks.remove(refOf(request)));
    response.status(204).end();
  });

  for (const action of ["pause", "resume"] as const) {
    router.post(`${path}/:id/${action}`, async (request, response) => {
      response.json(toJson(await withNames(refNames, () => webhooks[action](refOf(request)))));
    });
  }

  router.post(`${path}/:id/test`, async (request, response) => {
    const { eventId } = await withNames(refNames, () => webhooks.test(refOf(request)));
    response.status(202).json({ event_id: eventId });
  });

  router.post(`${path}/:id/rotate-secret`, express.json(), async (request, response) => {
    const body = { ...readNames(request.body ?? {}, rotationNames), ...idOf(request) } as SecretRotation;
    const { secret, ...webhook } = await withNames(rotationNames, () => webhooks.rotateSecret(body));
    response.json({ ...toJson(webhook), secret });
  });

  router.use(createWebhookDeliveryRoutes({ webhooks, apiToken }));
  return router;
}

function idOf(request: Request): { webhookId: string } {
  return { webhookId: String(request.params.id) };
}

function refOf(request: Request): WebhookRef {
  const { tenant_id: tenantId } = request.query;
  return { tenantId: typeof tenantId === "string" ? tenantId : "", ...idOf(request) };
}

function toJson(webhook: Webhook) {
  return {
    webhook_id: webhook.webhookId,
    tenant_id: webhook.tenantId,
    url: webhook.url,
    description: webhook.description,
    event_types: webhook.eventTypes,
    status: webhook.status,
    disabled_reason: webhook.disabledReason,
    max_attempts: webhook.maxAttempts,
    retry_base_ms: webhook.retryBaseMs,
    retry_cap_ms: webhook.retryCapMs,
    timeout_ms: webhook.timeoutMs,
    per_second: webhook.perSecond,
    concurrency: webhook.concurrency,
    fifo: webhook.fifo,
    region: webhook.region,
    allow_private: webhook.allowPrivate,
    failures: webhook.failures,
    failing_since: webhook.failingSince,
    blocked_until: webhook.blockedUntil,
    previous_secret_until: webhook.previousSecretUntil,
    created_at: webhook.createdAt,
  };
}
