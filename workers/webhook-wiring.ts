import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createServeWebhookActivities, type ServeWebhookActivities } from "../activities/serve-webhook.js";
import { createWebhookWorkflow, type WebhookWorkflow } from "../client/webhook-workflow.js";
import type { Sealer } from "../db/sealed.js";
import { createWebhookDeliveryStore } from "../db/webhook-deliveries.js";
import { createWebhookRelay, type WebhookRelay } from "../db/webhook-relay.js";
import type { Config } from "../runtime/config.js";
import type { Tracing } from "../runtime/tracing.js";
import type { TraceMemory } from "../throttle/trace-memory.js";
import { createWebhookTransport } from "../webhooks/transport.js";
import type { WorkerMetrics } from "./metrics.js";
import { tracedWebhooks } from "./traced-webhooks.js";
import type { WorkCounter } from "./work-counter.js";

export interface WebhookWiringInput {
  pool: pg.Pool;
  sealer: Sealer;
  config: Pick<Config, "webhookPorts">;
  metrics: WorkerMetrics;
  counter: WorkCounter;
  stopping: AbortSignal;
  connect: () => Promise<Client>;
  tracing: Tracing | undefined;
  traceMemory: TraceMemory;
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
  counter,
  stopping,
  connect,
  tracing,
  traceMemory,
}: WebhookWiringInput): WebhookWiring {
  const transport = createWebhookTransport({ ports: config.webhookPorts });
  const plain = { store: createWebhookDeliveryStore(pool, sealer), transport };
  return {
    activities: createServeWebhookActivities(
      {
        ...(tracing ? tracedWebhooks({ ...plain, tracing, memory: traceMemory }) : plain),
        observe: (event) => {
          metrics.webhookAttempted(event);
          const { tenantId, outcome } = event;
          counter.left({ tenantId, what: "webhook", lane: "", outcome });
        },
        underWay: (change) => metrics.webhooksUnderWay(change),
      },
      { stopping },
    ),
    relaying: { relay: createWebhookRelay(pool), workflow: createWebhookWorkflow(connect) },
    close: () => transport.close(),
  };
}
