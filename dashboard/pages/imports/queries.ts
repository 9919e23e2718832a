import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Import = RowOf<"imports.list">;
export type Refusal = RowOf<"imports.refusals">;

export function importsQuery(api: ApiClient, asked: { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["imports", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/imports", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function importQuery(api: ApiClient, importId: string) {
  return queryOptions({
    queryKey: ["imports", "one", importId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/imports/{import_id}", { params: { path: { import_id: importId } }, signal })),
  });
}

export function refusalsQuery(api: ApiClient, importId: string, asked: { after?: number }) {
  return queryOptions({
    queryKey: ["imports", "refusals", importId, asked],
    queryFn: ({ signal }) => {
      const params = { path: { import_id: importId }, query: { ...asked, limit: pageSize } };
      return answerOf(api.GET("/api/imports/{import_id}/refusals", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function isUnderWay({ status }: Import): boolean {
  return status === "pending" || status === "processing";
}
