import express, { Router, type Request } from "express";
import type { DeliveriesQuery, Delivery, DeliveryAttempt, OwnEvent, Webhooks } from "../client/webhooks.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";
import type { WebhookRoutePorts } from "./webhooks.js";

const path = "/api/webhook-deliveries";
const eventsPath = "/api/webhook-events";
const queryNames = {
  tenant_id: "tenantId",
  webhook_id: "webhookId",
  status: "status",
  before: "before",
  limit: "limit",
};
const refNames = { tenant_id: "tenantId", delivery_id: "deliveryId" };
const eventNames = {
  tenant_id: "tenantId",
  type: "type",
  data: "data",
  key: "key",
  dedup_key: "dedupKey",
  dedup_window_ms: "dedupWindowMs",
  priority: "priority",
  deliver_after: "deliverAfter",
};

/**
 * What endpoints were told: `GET /api/webhook-deliveries`, `GET …/:id/attempts`, `POST …/:id/retry`; and
 * `POST /api/webhook-events` for an event of the tenant's own.
 */
export function createWebhookDeliveryRoutes({ webhooks, apiToken }: WebhookRoutePorts): Router {
  const router = Router();
  router.use([path, eventsPath], bearer(apiToken));

  router.get(path, async (request, response) => {
    const { limit, ...query } = readNames(request.query, queryNames);
    const page = { ...query, ...(limit !== undefined && { limit: Number(limit) }) };
    const rows = await withNames(queryNames, () => webhooks.deliveries(page as DeliveriesQuery));
    response.json({ deliveries: rows.map(toJson) });
  });

  router.get(`${path}/:id/attempts`, async (request, response) => {
    const attempts = await withNames(refNames, () => webhooks.attempts(refOf(request)));
    response.json({ attempts: attempts.map(attemptToJson) });
  });

  router.post(`${path}/:id/retry`, async (request, response) => {
    const ref = refOf(request);
    await withNames(refNames, () => webhooks.retry(ref));
    response.status(202).json({ delivery_id: ref.deliveryId, retrying: true });
  });

  // 202 with an id when it will be told; 200 without one when nobody wants it, or it was told within the window.
  router.post(eventsPath, express.json({ limit: "1mb" }), async (request, response) => {
    const event = readNames(request.body, eventNames) as unknown as OwnEvent;
    const told = await withNames(eventNames, () => webhooks.publish(event));
    response.status(told ? 202 : 200).json({ event_id: told?.eventId ?? null });
  });
  return router;
}

function refOf(request: Request): Parameters<Webhooks["retry"]>[0] {
  const { tenant_id: tenantId } = request.query;
  return { tenantId: typeof tenantId === "string" ? tenantId : "", deliveryId: String(request.params.id) };
}

function toJson(delivery: Delivery) {
  return {
    delivery_id: delivery.deliveryId,
    webhook_id: delivery.webhookId,
    message_id: delivery.messageId,
    event_id: delivery.eventId,
    type: delivery.type,
    data: delivery.data,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt,
    response_status: delivery.responseStatus,
    error: delivery.error,
    created_at: delivery.createdAt,
    finished_at: delivery.finishedAt,
  };
}

function attemptToJson(attempt: DeliveryAttempt) {
  return {
    attempt: attempt.attempt,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    response_status: attempt.responseStatus,
    response: attempt.response,
    error: attempt.error,
  };
}
