import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";
import type { DraftGraph } from "./draft.js";

export function graphsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["graphs", "list"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/graphs", { signal })),
  });
}

/** With the ETag that a change is held against. */
export function graphQuery(api: ApiClient, name: string) {
  return queryOptions({
    queryKey: ["graphs", "one", name],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/graphs/{name}", { params: { path: { name } }, signal })),
  });
}

export function scheduleQuery(api: ApiClient, name: string) {
  return queryOptions({
    queryKey: ["graphs", "schedule", name],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/graphs/{name}/schedule", { params: { path: { name } }, signal })),
  });
}

export function runsQuery(api: ApiClient, asked: { name?: string; before?: string | undefined }) {
  return queryOptions({
    queryKey: ["graphs", "runs", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/graph-runs", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function runQuery(api: ApiClient, runId: string) {
  return queryOptions({
    queryKey: ["graphs", "run", runId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/graph-runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
    refetchInterval: 2_000,
  });
}

/** What is wrong with a graph that is being drawn is the error of this. */
export function checkQuery(api: ApiClient, graph: DraftGraph) {
  return queryOptions({
    queryKey: ["graph-check", graph],
    queryFn: ({ signal }) => answerOf(api.POST("/api/graphs/validate", { body: graph as never, signal })),
    refetchInterval: false,
    retry: false,
    placeholderData: keepPreviousData,
  });
}
