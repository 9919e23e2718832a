import { z } from "zod";
import { deliveriesSchema, deliveryRefSchema } from "../../client/webhook-input.js";
import { deliveryStatuses } from "../../db/webhook-reports.js";
import { operation } from "../operation.js";

const delivery = z.object({
  deliveryId: z.string(),
  webhookId: z.string(),
  messageId: z.string(),
  eventId: z.string(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  status: z.enum(deliveryStatuses),
  attempts: z.number(),
  nextAttemptAt: z.date().nullable(),
  responseStatus: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});

const attempt = z.object({
  attempt: z.number(),
  startedAt: z.date(),
  durationMs: z.number().nullable(),
  outcome: z.string().nullable(),
  responseStatus: z.number().nullable(),
  response: z.string().nullable(),
  error: z.string().nullable(),
});

const path = "/api/webhook-deliveries";
const one = `${path}/:delivery_id`;
const common = { resource: "webhooks" } as const;
const looking = { ...common, method: "get", level: "read" } as const;

export const webhookDeliveryOperations = [
  operation({
    ...looking,
    ...{ id: "webhook_deliveries.list", path },
    summary: "What endpoints were told, newest first; of one endpoint, event or status",
    input: deliveriesSchema,
    output: delivery,
    page: { cursor: "deliveryId", by: "before" },
    call: (floe, input) => floe.webhooks.deliveries(input),
  }),
  operation({
    ...looking,
    ...{ id: "webhook_deliveries.get", path: one },
    summary: "One event for one endpoint, and how it stands",
    input: deliveryRefSchema,
    output: delivery,
    call: (floe, input) => floe.webhooks.delivery(input),
  }),
  operation({
    ...looking,
    ...{ id: "webhook_deliveries.attempts", isList: true, path: `${one}/attempts` },
    summary: "Every request of a delivery with its answer, in order",
    input: deliveryRefSchema,
    output: attempt,
    call: (floe, input) => floe.webhooks.attempts(input),
  }),
  operation({
    ...common,
    ...{ id: "webhook_deliveries.retry", method: "post", path: `${one}/retry`, level: "write", status: 202 },
    summary: "Try it again at once, under the same webhook-id, whatever became of it",
    input: deliveryRefSchema,
    edits: "webhook_deliveries.get",
    call: (floe, input) => floe.webhooks.retry(input),
  }),
];
