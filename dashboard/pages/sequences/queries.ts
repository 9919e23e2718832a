import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export function sequencesQuery(api: ApiClient, before: string | undefined) {
  return queryOptions({
    queryKey: ["sequences", "list", before],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/sequences", {
          params: { query: { limit: pageSize, ...(before !== undefined && { before }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function sequenceQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sequences", "one", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sequences/{sequence_id}", { params: { path: { sequence_id: id } }, signal })),
  });
}

/** Contacts by status and by step. */
export function sequenceProgressQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sequences", "progress", id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/sequences/{sequence_id}/progress", { params: { path: { sequence_id: id } }, signal }),
      ),
  });
}

export type Sequence = Awaited<
  ReturnType<NonNullable<ReturnType<typeof sequencesQuery>["queryFn"]>>
>["data"][number];
export type SequenceProgress = Awaited<
  ReturnType<NonNullable<ReturnType<typeof sequenceProgressQuery>["queryFn"]>>
>;
