import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Webhook = RowOf<"webhooks.list">;
export type Delivery = RowOf<"webhook_deliveries.list">;
export type Attempt = RowOf<"webhook_deliveries.attempts">;
export type WebhookEvent = RowOf<"webhook_events.list">;

export const deliveryStatuses = ["pending", "delivered", "dead", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export function webhooksQuery(api: ApiClient, asked: { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["webhooks", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/webhooks", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** With the ETag that a change is held against. */
export function webhookQuery(api: ApiClient, webhookId: string) {
  return queryOptions({
    queryKey: ["webhooks", "one", webhookId],
    queryFn: ({ signal }) =>
      taggedAnswerOf(
        api.GET("/api/webhooks/{webhook_id}", { params: { path: { webhook_id: webhookId } }, signal }),
      ),
  });
}

export function eventTypesQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["webhook-event-types"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/webhook-event-types", { signal })),
    staleTime: Infinity,
    refetchInterval: false,
  });
}

export interface DeliveriesAsked {
  webhook_id?: string;
  event_id?: string;
  status?: DeliveryStatus;
  before?: string | undefined;
}

export function deliveriesQuery(api: ApiClient, asked: DeliveriesAsked) {
  return queryOptions({
    queryKey: ["webhooks", "deliveries", asked],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/webhook-deliveries", { params: { query: { ...asked, limit: pageSize } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function deliveryQuery(api: ApiClient, deliveryId: string) {
  return queryOptions({
    queryKey: ["webhooks", "delivery", deliveryId],
    queryFn: ({ signal }) => {
      const params = { path: { delivery_id: deliveryId } };
      return answerOf(api.GET("/api/webhook-deliveries/{delivery_id}", { params, signal }));
    },
  });
}

export function attemptsQuery(api: ApiClient, deliveryId: string) {
  return queryOptions({
    queryKey: ["webhooks", "attempts", deliveryId],
    queryFn: ({ signal }) => {
      const params = { path: { delivery_id: deliveryId } };
      return answerOf(api.GET("/api/webhook-deliveries/{delivery_id}/attempts", { params, signal }));
    },
  });
}

export function eventsQuery(api: ApiClient, asked: { type?: string; before?: string | undefined }) {
  return queryOptions({
    queryKey: ["webhooks", "events", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/webhook-events", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function eventQuery(api: ApiClient, eventId: string) {
  return queryOptions({
    queryKey: ["webhooks", "event", eventId],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/webhook-events/{event_id}", { params: { path: { event_id: eventId } }, signal }),
      ),
  });
}
