import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Standing = RowOf<"blacklist.list">;
export type ListHealth = RowOf<"blacklist.lists">;
export type Change = RowOf<"blacklist.history">;

export function standingsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["blacklist", "standings"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/blacklist", { signal })),
  });
}

export function listsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["blacklist", "lists"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/blacklist/lists", { signal })),
  });
}

export function historyQuery(api: ApiClient, before: string | undefined) {
  const params = { query: { before, limit: pageSize } };
  return queryOptions({
    queryKey: ["blacklist", "history", before],
    queryFn: ({ signal }) => answerOf(api.GET("/api/blacklist/history", { params, signal })),
    placeholderData: keepPreviousData,
  });
}
