import { queryOptions } from "@tanstack/react-query";
import { answerOf, type Answer, type ApiClient } from "../../data/client.js";

export type LimitStatus = Answer<"limits.status">;
export type LimitStanding = LimitStatus["limits"][number];

/** @param all as an admin: of the platform, not of one tenant */
export function limitsQuery(api: ApiClient, all: boolean) {
  return queryOptions({
    queryKey: ["limits", "list", all],
    queryFn: ({ signal }) => answerOf(api.GET("/api/limits", { signal })),
  });
}

export function limitStatusQuery(api: ApiClient, all: boolean) {
  return queryOptions({
    queryKey: ["limits", "status", all],
    queryFn: ({ signal }) => answerOf(api.GET("/api/limits/status", { signal })),
  });
}
