import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Export = RowOf<"exports.list">;

export function exportsQuery(api: ApiClient, asked: { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["exports", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/exports", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function exportQuery(api: ApiClient, exportId: string) {
  return queryOptions({
    queryKey: ["exports", "one", exportId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/exports/{export_id}", { params: { path: { export_id: exportId } }, signal })),
  });
}
