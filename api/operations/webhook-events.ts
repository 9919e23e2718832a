import { z } from "zod";
import { eventRefSchema, eventSchema, eventsSchema } from "../../client/webhook-input.js";
import { operation } from "../operation.js";

const event = z.object({
  eventId: z.string(),
  tenantId: z.string(),
  type: z.string(),
  version: z.number(),
  data: z.record(z.string(), z.unknown()),
  key: z.string().nullable(),
  priority: z.number(),
  /** Null: told by Floe itself. */
  requestedBy: z.string().nullable(),
  deliverAfter: z.date().nullable(),
  createdAt: z.date(),
});

const eventType = z.object({
  type: z.string(),
  version: z.number(),
  /** Completes "sent when …". */
  when: z.string(),
  /** Fields of the event's `data`, and what each says. */
  data: z.record(z.string(), z.string()),
});

const path = "/api/webhook-events";
const common = { resource: "webhooks" } as const;
const looking = { ...common, method: "get", level: "read" } as const;

export const webhookEventOperations = [
  operation({
    ...looking,
    ...{ id: "webhook_event_types.list", isList: true, path: "/api/webhook-event-types" },
    summary: "Events that endpoints may ask for, and their fields",
    input: z.strictObject({}),
    output: eventType,
    call: (floe) => floe.webhooks.eventTypes(),
  }),
  operation({
    ...common,
    ...{ id: "webhook_events.publish", method: "post", path, level: "write", status: 202, recorded: true },
    summary: "Tell an event of the tenant's own; no id: nobody wants it, or it was told within the window",
    input: eventSchema,
    output: z.object({ eventId: z.string().nullable(), created: z.boolean() }),
    call: async (floe, input) => {
      const told = await floe.webhooks.publish(input);
      return { eventId: told?.eventId ?? null, created: told !== null };
    },
  }),
  operation({
    ...looking,
    ...{ id: "webhook_events.list", path },
    summary: "Events that were told, newest first",
    input: eventsSchema,
    output: event,
    page: { cursor: "eventId", by: "before" },
    call: (floe, input) => floe.webhooks.events(input),
  }),
  operation({
    ...looking,
    ...{ id: "webhook_events.get", path: `${path}/:event_id` },
    summary: "One event; its deliveries say what became of it",
    input: eventRefSchema,
    output: event,
    call: (floe, input) => floe.webhooks.event(input),
  }),
];
