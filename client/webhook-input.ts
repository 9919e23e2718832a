import { z } from "zod";
import { deliveryStatuses } from "../db/webhook-reports.js";
import { defaultRetrySchedule } from "../domain/webhook-delivery.js";
import { webhookEventTypes } from "../domain/webhook-events.js";
import { parseWebhookUrl, type PortRange } from "../domain/webhook-url.js";
import { saysInside } from "../webhooks/leads-inside.js";
import { problemOfWebhookSecret } from "../webhooks/secret.js";
import { nameSchema, pageSizeSchema, rateSchema, tenantIdSchema, uuidSchema } from "./input.js";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const mostDataBytes = 256 * 1024;

const ownType = /^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){1,4}$/;
const families = new Set(webhookEventTypes.map((type) => type.split(".")[0]));

/** Floe's own, or one that the tenant publishes itself. */
const wantedTypeSchema = z
  .string()
  .refine((type) => (webhookEventTypes as string[]).includes(type) || isOwnType(type), {
    error: "is not an event type; `floe webhooks event-types` lists Floe's, yours look like order.paid",
  });

function isOwnType(type: string): boolean {
  return ownType.test(type) && !families.has(type.split(".")[0]);
}

const secretSchema = z.string().superRefine((secret, context) => {
  const problem = problemOfWebhookSecret(secret);
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});

/** What may be said of an endpoint; the defaults are applied when it is created. */
function settingsOf(ports: readonly PortRange[]) {
  return {
    url: z.string().superRefine((text, context) => {
      const target = parseWebhookUrl(text, ports);
      if ("problem" in target) context.addIssue({ code: "custom", message: target.problem });
    }),
    description: z.string().max(500, "is longer than 500 characters"),
    /** Null: every type. */
    eventTypes: z
      .array(wantedTypeSchema)
      .min(1, "is empty; leave it out for every type")
      .max(100, "has more than 100")
      .nullable(),
    /** Then it is a dead letter. */
    maxAttempts: z.int().min(1, "must be 1 to 100").max(100, "must be 1 to 100"),
    /** Waits grow from the base to the cap, by two; each is random from zero. */
    retryBaseMs: z.int().min(100, "must be at least 100 ms").max(dayMs, "must be at most a day"),
    retryCapMs: z
      .int()
      .min(100, "must be at least 100 ms")
      .max(7 * dayMs, "must be at most seven days"),
    timeoutMs: z.int().min(1_000, "must be 1 to 60 seconds").max(minuteMs, "must be 1 to 60 seconds"),
    perSecond: rateSchema.nullable(),
    concurrency: z.int().min(1, "must be 1 to 100").max(100, "must be 1 to 100"),
    fifo: z.boolean(),
    region: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be lower-case letters, digits and -")
      .nullable(),
    allowPrivate: z.boolean(),
  };
}

function checkRetries(
  { retryBaseMs, retryCapMs }: { retryBaseMs?: number; retryCapMs?: number },
  context: z.RefinementCtx,
): void {
  if (retryBaseMs === undefined || retryCapMs === undefined || retryBaseMs <= retryCapMs) return;
  context.addIssue({ code: "custom", path: ["retryCapMs"], message: "must not be below retryBaseMs" });
}

export const mustBePublic = "must lead to a host on the public internet";

/** What is refused at each request anyway (`webhooks/guarded-lookup`) is said at once where the URL itself shows it. */
function refuseInside(
  { url, allowPrivate }: { url: string; allowPrivate: boolean },
  context: z.RefinementCtx,
): void {
  if (allowPrivate || !URL.canParse(url) || !saysInside(url)) return;
  context.addIssue({ code: "custom", path: ["url"], message: mustBePublic });
}

export function createSchemaOf(ports: readonly PortRange[]) {
  const s = settingsOf(ports);
  return z
    .strictObject({
      tenantId: tenantIdSchema,
      url: s.url,
      description: s.description.default(""),
      eventTypes: s.eventTypes.default(null),
      maxAttempts: s.maxAttempts.default(defaultRetrySchedule.maxAttempts),
      retryBaseMs: s.retryBaseMs.default(defaultRetrySchedule.baseMs),
      retryCapMs: s.retryCapMs.default(defaultRetrySchedule.capMs),
      timeoutMs: s.timeoutMs.default(15_000),
      perSecond: s.perSecond.default(null),
      concurrency: s.concurrency.default(10),
      fifo: s.fifo.default(false),
      region: s.region.default(null),
      allowPrivate: s.allowPrivate.default(false),
      /** Default: a new one. */
      secret: secretSchema.optional(),
    })
    .superRefine(checkRetries)
    .superRefine(refuseInside);
}
export type WebhookInput = z.input<ReturnType<typeof createSchemaOf>>;

export function updateSchemaOf(ports: readonly PortRange[]) {
  return z
    .strictObject({ ...z.object(settingsOf(ports)).partial().shape, ...refShape })
    .superRefine(checkRetries);
}
export type WebhookChange = z.input<ReturnType<typeof updateSchemaOf>>;

const refShape = { tenantId: tenantIdSchema, webhookId: uuidSchema };
export const refSchema = z.strictObject(refShape);

export const rotationSchema = z.strictObject({
  ...refShape,
  secret: secretSchema.optional(),
  /** For so long the old one signs, too. */
  keepOldMs: z
    .int()
    .min(0, "must not be negative")
    .max(30 * dayMs, "must be at most 30 days")
    .default(dayMs),
});
export type SecretRotation = z.input<typeof rotationSchema>;

const idSchema = z.string().regex(/^[1-9]\d{0,17}$/, "must be a delivery's number");

const eventIdSchema = z.string().regex(/^[1-9]\d{0,17}$/, "must be an event's number");

export const listSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});

export const deliveriesSchema = z.strictObject({
  tenantId: tenantIdSchema,
  webhookId: uuidSchema.optional(),
  eventId: eventIdSchema.optional(),
  status: z.enum(deliveryStatuses, `must be one of ${deliveryStatuses.join(", ")}`).optional(),
  /** Id of the last row of the page before. */
  before: idSchema.optional(),
  limit: pageSizeSchema,
});
export type DeliveriesQuery = z.input<typeof deliveriesSchema>;

export const deliveryRefSchema = z.strictObject({ tenantId: tenantIdSchema, deliveryId: idSchema });

export const eventRefSchema = z.strictObject({ tenantId: tenantIdSchema, eventId: eventIdSchema });

export const eventsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  type: z.string().max(200, "is longer than 200 characters").optional(),
  /** Id of the last row of the page before. */
  before: eventIdSchema.optional(),
  limit: pageSizeSchema,
});
export type EventsQuery = z.input<typeof eventsSchema>;

const lineSchema = z.string().min(1, "is empty").max(200, "is longer than 200 characters");

export const eventDataSchema = z
  .record(z.string(), z.json())
  .refine((data) => JSON.stringify(data).length <= mostDataBytes, {
    error: `is longer than ${mostDataBytes} characters as JSON; tell where to fetch it instead`,
  });

export const eventSchema = z.strictObject({
  tenantId: tenantIdSchema,
  type: z.string().refine(isOwnType, {
    error: `must look like order.paid, and not begin with ${[...families].join(", ")}`,
  }),
  data: eventDataSchema,
  /** FIFO endpoints keep the order of events of one key. */
  key: lineSchema.nullable().default(null),
  /** The same event within the window is told once. */
  dedupKey: lineSchema.nullable().default(null),
  dedupWindowMs: z
    .int()
    .min(1_000, "must be at least a second")
    .max(30 * dayMs, "must be at most 30 days")
    .default(dayMs),
  /** 1 goes first, 5 last. */
  priority: z.int().min(1, "must be 1 to 5").max(5, "must be 1 to 5").default(3),
  deliverAfter: z.coerce.date().nullable().default(null),
  /** Who tells it, as the audit log names people and keys. */
  actor: nameSchema.optional(),
});
export type OwnEvent = z.input<typeof eventSchema>;
