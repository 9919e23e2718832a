import { z } from "zod";
import {
  createSchemaOf,
  listSchema,
  refSchema,
  rotationSchema,
  updateSchemaOf,
} from "../../client/webhook-input.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import { operation } from "../operation.js";
import { refusePrivate } from "../platform-only.js";

const webhook = z.object({
  webhookId: z.string(),
  tenantId: z.string(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(z.string()).nullable(),
  status: z.enum(["active", "paused", "disabled"]),
  disabledReason: z.enum(["gone", "failing", "manual"]).nullable(),
  maxAttempts: z.number(),
  retryBaseMs: z.number(),
  retryCapMs: z.number(),
  timeoutMs: z.number(),
  perSecond: z.number().nullable(),
  concurrency: z.number(),
  fifo: z.boolean(),
  region: z.string().nullable(),
  allowPrivate: z.boolean(),
  failures: z.number(),
  failingSince: z.date().nullable(),
  blockedUntil: z.date().nullable(),
  previousSecretUntil: z.date().nullable(),
  createdAt: z.date(),
});
const withSecret = webhook.extend({ secret: z.string() });

const path = "/api/webhooks";
const one = `${path}/:webhook_id`;
const common = { resource: "webhooks" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
const changing = { ...common, level: "write", edits: "webhooks.get" } as const;

/** Names and shapes; which ports a URL may have is known where it is checked. */
const newWebhook = createSchemaOf(defaultWebhookPorts);
const webhookChange = updateSchemaOf(defaultWebhookPorts);

export const webhookOperations = [
  operation({
    ...common,
    ...{ id: "webhooks.create", method: "post", path, level: "write", status: 201, secret: true },
    summary: "Add an endpoint; its secret is in this answer and in no other",
    input: newWebhook,
    output: withSecret,
    call: (floe, input, { principal }) => {
      refusePrivate(principal, input.allowPrivate);
      return floe.webhooks.create(input);
    },
  }),
  operation({
    ...looking,
    ...{ id: "webhooks.list", path },
    summary: "Endpoints, newest first; never their secrets",
    input: listSchema,
    output: webhook,
    page: { cursor: "webhookId", by: "before" },
    call: (floe, input) => floe.webhooks.list(input),
  }),
  operation({
    ...looking,
    ...{ id: "webhooks.get", path: one },
    summary: "One endpoint, and how it does",
    input: refSchema,
    output: webhook,
    call: (floe, input) => floe.webhooks.get(input),
  }),
  operation({
    ...changing,
    ...{ id: "webhooks.update", method: "patch", path: one },
    summary: "Change an endpoint; what is left out stays",
    input: webhookChange,
    output: webhook,
    call: async (floe, input, { principal }) => {
      refusePrivate(principal, input.allowPrivate);
      // What the platform allowed was that one address.
      if (principal.tenantId === null || input.url === undefined) return floe.webhooks.update(input);
      const now = await floe.webhooks.get({ tenantId: input.tenantId, webhookId: input.webhookId });
      const elsewhere = now.allowPrivate && now.url !== input.url;
      return floe.webhooks.update({ ...input, ...(elsewhere && { allowPrivate: false }) });
    },
  }),
  operation({
    ...changing,
    ...{ id: "webhooks.remove", method: "delete", path: one },
    summary: "Remove an endpoint, with everything that waits for it",
    input: refSchema,
    call: (floe, input) => floe.webhooks.remove(input),
  }),
  operation({
    ...changing,
    ...{ id: "webhooks.pause", method: "post", path: `${one}/pause` },
    summary: "Keep its events until it is resumed",
    input: refSchema,
    output: webhook,
    call: (floe, input) => floe.webhooks.pause(input),
  }),
  operation({
    ...changing,
    ...{ id: "webhooks.resume", method: "post", path: `${one}/resume` },
    summary: "Tell it what was kept; also one that was disabled",
    input: refSchema,
    output: webhook,
    call: (floe, input) => floe.webhooks.resume(input),
  }),
  operation({
    ...changing,
    ...{ id: "webhooks.rotate_secret", method: "post", path: `${one}/rotate-secret`, secret: true },
    summary: "Give an endpoint a new secret; the old one signs, too, for a while",
    input: rotationSchema,
    output: withSecret,
    call: (floe, input) => floe.webhooks.rotateSecret(input),
  }),
  operation({
    ...common,
    ...{ id: "webhooks.test", method: "post", path: `${one}/test`, level: "write", status: 202 },
    summary: "Send this endpoint an event webhook.test",
    input: refSchema,
    output: z.object({ eventId: z.string() }),
    location: "/api/webhook-events/:event_id",
    call: (floe, input) => floe.webhooks.test(input),
  }),
];
