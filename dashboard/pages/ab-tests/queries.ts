import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export function abTestsQuery(api: ApiClient, before: string | undefined) {
  return queryOptions({
    queryKey: ["ab-tests", "list", before],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/ab-tests", {
          params: { query: { limit: pageSize, ...(before !== undefined && { before }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** The test, how its variants do, and what the rules would choose now. */
export function resultsQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["ab-tests", "results", id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/ab-tests/{ab_test_id}/results", { params: { path: { ab_test_id: id } }, signal }),
      ),
  });
}

export type AbTest = Awaited<
  ReturnType<NonNullable<ReturnType<typeof abTestsQuery>["queryFn"]>>
>["data"][number];
export type Results = Awaited<ReturnType<NonNullable<ReturnType<typeof resultsQuery>["queryFn"]>>>;
