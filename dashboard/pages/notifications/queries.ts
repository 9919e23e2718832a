import { queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";

export type Settings = Answer<"notifications.settings">;
export type Preference = RowOf<"notifications.preferences">;
export type Kind = RowOf<"notifications.kinds">;
export type Device = RowOf<"notifications.devices">;
export type Delivery = RowOf<"notifications.deliveries">;

/** One's own, each of them. */
export const settingsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ["notification-wishes", "settings"],
    queryFn: ({ signal }) => taggedAnswerOf(api.GET("/api/notification-settings", { signal })),
  });

export const preferencesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ["notification-wishes", "preferences"],
    queryFn: async ({ signal }) => {
      const [kinds, preferences] = await Promise.all([
        answerOf(api.GET("/api/notification-kinds", { signal })),
        answerOf(api.GET("/api/notification-preferences", { signal })),
      ]);
      return { kinds: kinds.data, preferences: preferences.data };
    },
  });

export const devicesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ["notification-wishes", "devices"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/notification-devices", { signal })),
  });

export const deliveriesQuery = (api: ApiClient, notificationId: string) =>
  queryOptions({
    queryKey: ["notifications", "deliveries", notificationId],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/notification-deliveries", {
          params: { query: { notification_id: notificationId, limit: 100 } },
          signal,
        }),
      ),
  });
