import { v7 as uuidv7 } from "uuid";
import type { Webhook, WebhookRef, WebhookStore } from "../db/webhook-endpoints.js";
import type { Delivery, DeliveryAttempt, WebhookEvent, WebhookReports } from "../db/webhook-reports.js";
import { InvalidInput } from "../domain/errors.js";
import { testEventType, webhookEvents, webhookEventTypes } from "../domain/webhook-events.js";
import type { PortRange } from "../domain/webhook-url.js";
import type { LeadsInside } from "../webhooks/leads-inside.js";
import { createWebhookSecret } from "../webhooks/secret.js";
import { parseInput } from "./input.js";
import {
  createSchemaOf,
  deliveriesSchema,
  deliveryRefSchema,
  eventRefSchema,
  eventSchema,
  eventsSchema,
  listSchema,
  mustBePublic,
  refSchema,
  rotationSchema,
  updateSchemaOf,
  type DeliveriesQuery,
  type EventsQuery,
  type OwnEvent,
  type SecretRotation,
  type WebhookChange,
  type WebhookInput,
} from "./webhook-input.js";
import type { WebhookWorkflow } from "./webhook-workflow.js";

export type { Webhook, WebhookRef } from "../db/webhook-endpoints.js";
export type { Delivery, DeliveryAttempt, WebhookEvent } from "../db/webhook-reports.js";
export type {
  DeliveriesQuery,
  EventsQuery,
  OwnEvent,
  SecretRotation,
  WebhookChange,
  WebhookInput,
} from "./webhook-input.js";

/** One of Floe's own events. */
export interface WebhookEventInfo {
  type: string;
  version: number;
  /** Completes "sent when …". */
  when: string;
  /** Fields of its data, and what each says. */
  data: Readonly<Record<string, string>>;
}

export interface Webhooks {
  /** The secret is shown here, and nowhere else. @throws InvalidInput, NotFound (tenant) */
  create(input: WebhookInput): Promise<Webhook & { secret: string }>;
  /** Newest first; `before` is the last one of the page before. */
  list(query: { tenantId: string; before?: string; limit?: number }): Promise<Webhook[]>;
  /** @throws NotFound */
  get(ref: WebhookRef): Promise<Webhook>;
  /** What is left out stays; the next requests heed it. @throws InvalidInput, NotFound */
  update(change: WebhookChange): Promise<Webhook>;
  /** Its events are kept until it is resumed. @throws NotFound */
  pause(ref: WebhookRef): Promise<Webhook>;
  /** Also one that was disabled: it is told what was kept, and begins as if it had never failed. @throws NotFound */
  resume(ref: WebhookRef): Promise<Webhook>;
  /** With everything that waits for it. @throws NotFound */
  remove(ref: WebhookRef): Promise<void>;
  /** A new secret; the old one signs, too, for a day or as long as told. @throws InvalidInput, NotFound */
  rotateSecret(rotation: SecretRotation): Promise<Webhook & { secret: string }>;
  /** Sends this endpoint an event `webhook.test`. @throws NotFound */
  test(ref: WebhookRef): Promise<{ eventId: string }>;
  /** An event of the tenant's own. Null: nobody wants it, or the same was told within the window. @throws InvalidInput */
  publish(event: OwnEvent): Promise<{ eventId: string } | null>;
  /** What endpoints may ask for. */
  eventTypes(): Promise<WebhookEventInfo[]>;
  /** What was told, newest first. */
  events(query: EventsQuery): Promise<WebhookEvent[]>;
  /** @throws NotFound */
  event(ref: { tenantId: string; eventId: string }): Promise<WebhookEvent>;
  /** Newest first. */
  deliveries(query: DeliveriesQuery): Promise<Delivery[]>;
  /** @throws NotFound */
  delivery(ref: { tenantId: string; deliveryId: string }): Promise<Delivery>;
  /** Every request of one delivery, in order. @throws NotFound */
  attempts(ref: { tenantId: string; deliveryId: string }): Promise<DeliveryAttempt[]>;
  /** Tries one delivery again at once, whatever became of it, under the same `webhook-id`. @throws NotFound */
  retry(ref: { tenantId: string; deliveryId: string }): Promise<void>;
}

export interface WebhookParts {
  store: WebhookStore;
  reports: WebhookReports;
  workflow: WebhookWorkflow;
  ports: readonly PortRange[];
  leadsInside: LeadsInside;
}

export function createWebhooks({ store, reports, workflow, ports, leadsInside }: WebhookParts): Webhooks {
  const createSchema = createSchemaOf(ports);
  const updateSchema = updateSchemaOf(ports);
  /** What each request refuses is said as soon as it can be known. */
  const requirePublic = async ({
    url,
    allowPrivate,
  }: Pick<Webhook, "url" | "allowPrivate">): Promise<void> => {
    if (!allowPrivate && (await leadsInside(url)))
      throw new InvalidInput([{ field: "url", problem: mustBePublic }]);
  };
  return {
    create: async (input) => {
      const { secret = createWebhookSecret(), ...settings } = parseInput(createSchema, input);
      await requirePublic(settings);
      const ref = { tenantId: settings.tenantId, webhookId: uuidv7() };
      await store.createWebhook({ ...settings, ...ref, secret });
      return { ...(await store.loadWebhook(ref)), secret };
    },
    list: async (query) => {
      const { tenantId, ...page } = parseInput(listSchema, query);
      return store.listWebhooks(tenantId, page);
    },
    get: async (ref) => store.loadWebhook(parseInput(refSchema, ref)),
    update: async (input) => {
      const { tenantId, webhookId, ...change } = parseInput(updateSchema, input);
      if (change.url !== undefined || change.allowPrivate === false) {
        const { url, allowPrivate } = await store.loadWebhook({ tenantId, webhookId });
        await requirePublic({ url: change.url ?? url, allowPrivate: change.allowPrivate ?? allowPrivate });
      }
      const webhook = await store.updateWebhook({ tenantId, webhookId }, change);
      // Only to name the region again: everything else is read with the next requests.
      if (change.region !== undefined) await workflow.wake(webhook);
      return webhook;
    },
    pause: async (ref) => store.setWebhookStatus(parseInput(refSchema, ref), "paused"),
    resume: async (ref) => {
      const webhook = await store.setWebhookStatus(parseInput(refSchema, ref), "active");
      await workflow.wake(webhook);
      return webhook;
    },
    remove: async (ref) => store.removeWebhook(parseInput(refSchema, ref)),
    rotateSecret: async (rotation) => {
      const {
        tenantId,
        webhookId,
        keepOldMs,
        secret = createWebhookSecret(),
      } = parseInput(rotationSchema, rotation);
      return { ...(await store.rotateSecret({ tenantId, webhookId }, { secret, keepOldMs })), secret };
    },
    test: async (ref) => {
      const { tenantId, webhookId } = await store.loadWebhook(parseInput(refSchema, ref));
      const event = { tenantId, webhookId, type: testEventType, data: { webhook_id: webhookId } };
      const told = await reports.publish({
        ...event,
        ...{
          key: null,
          dedupKey: null,
          dedupWindowMs: 0,
          priority: 1,
          deliverAfter: null,
          requestedBy: null,
        },
      });
      if (!told) throw new Error("A test event has no reason to be left out.");
      return told;
    },
    publish: async (input) => {
      const { actor, ...event } = parseInput(eventSchema, input);
      return reports.publish({ ...event, requestedBy: actor ?? null, webhookId: null });
    },
    eventTypes: async () => webhookEventTypes.map((type) => ({ type, ...webhookEvents[type] })),
    events: async (query) => {
      const { tenantId, ...page } = parseInput(eventsSchema, query);
      return reports.listEvents(tenantId, page);
    },
    event: async (ref) => {
      const { tenantId, eventId } = parseInput(eventRefSchema, ref);
      return reports.loadEvent(tenantId, eventId);
    },
    delivery: async (ref) => {
      const { tenantId, deliveryId } = parseInput(deliveryRefSchema, ref);
      return reports.loadDelivery(tenantId, deliveryId);
    },
    deliveries: async (query) => {
      const { tenantId, ...page } = parseInput(deliveriesSchema, query);
      return reports.listDeliveries(tenantId, page);
    },
    attempts: async (ref) => {
      const { tenantId, deliveryId } = parseInput(deliveryRefSchema, ref);
      return reports.listAttempts(tenantId, deliveryId);
    },
    retry: async (ref) => {
      const { tenantId, deliveryId } = parseInput(deliveryRefSchema, ref);
      const { webhookId } = await reports.retryDelivery(tenantId, deliveryId);
      await workflow.wake(await store.loadWebhook({ tenantId, webhookId }));
    },
  };
}
