import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";
import { ApiProblem } from "../../data/problem.js";

export type Suppression = RowOf<"suppressions.list">;

/** The tenant's own, or those of everybody (`*`), which only the platform sees. */
export function suppressionsQuery(api: ApiClient, asked: { tenant_id?: "*"; after?: string | undefined }) {
  return queryOptions({
    queryKey: ["suppressions", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/suppressions", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** What forbids an address; null: nothing does. */
export function whyQuery(api: ApiClient, address: string) {
  return queryOptions({
    queryKey: ["suppressions", "why", address],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/suppressions/{address}", { params: { path: { address } }, signal })).catch(
        (error: unknown) => {
          if (error instanceof ApiProblem && error.status === 404) return null;
          throw error;
        },
      ),
  });
}
