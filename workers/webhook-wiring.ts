import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createServeWebhookActivities, type ServeWebhookActivities } from "../activities/serve-webhook.js";
import { createWebhookWorkflow, type WebhookWorkflow } from "../client/webhook-workflow.js";
import type { Sealer } from "../db/sealed.js";
import { createWebhookDeliveryStore } from "../db/webhook-deliveries.js";
import { createWebhookRelay, type WebhookRelay } from "../db/webhook-relay.js";
import type { Config } from "../runtime/config.js";
import { createWebhookTransport } from "../webhooks/transport.js";
import type { WorkerMetrics } from "./metrics.js";

export interface WebhookWiringInput {
  pool: pg.Pool;
  sealer: Sealer;
  config: Pick<Config, "webhookPorts">;
  metrics: WorkerMetrics;
  stopping: AbortSignal;
  connect: () => Promise<Client>;
}

export interface WebhookWiring {
  activities: ServeWebhookActivities;
  /** What the orchestrator hands events over by. */
  relaying: { relay: WebhookRelay; workflow: WebhookWorkflow };
  close(): Promise<void>;
}

/** The part of the wiring that posts to webhooks. */
export function wireWebhooks({
  pool,
  sealer,
  config,
  metrics,
  stopping,
  connect,
}: WebhookWiringInput): WebhookWiring {
  const transport = createWebhookTransport({ ports: config.webhookPorts });
  const store = createWebhookDeliveryStore(pool, sealer);
  return {
    activities: createServeWebhookActivities(
      {
        store,
        transport,
        observe: (event) => metrics.webhookAttempted(event),
        underWay: (change) => metrics.webhooksUnderWay(change),
      },
      { stopping },
    ),
    relaying: { relay: createWebhookRelay(pool), workflow: createWebhookWorkflow(connect) },
    close: () => transport.close(),
  };
}
