import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { SegmentFilter } from "../../../domain/segment-filter.js";
import { answerOf, taggedAnswerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Segment = RowOf<"segments.list">;

export function segmentsQuery(api: ApiClient, asked: { after?: string | undefined }) {
  return queryOptions({
    queryKey: ["segments", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/segments", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** With the ETag that a change is held against. */
export function segmentQuery(api: ApiClient, segment: string) {
  return queryOptions({
    queryKey: ["segments", "one", segment],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/segments/{segment}", { params: { path: { segment } }, signal })),
    // What is being edited is not pulled from under whoever edits it.
    refetchInterval: false,
  });
}

/** How many a filter matches that is not saved. It reads contacts: asked when the filter changes, not again by itself. */
export function filterCountQuery(api: ApiClient, filter: SegmentFilter) {
  return queryOptions({
    queryKey: ["segments", "count", filter],
    queryFn: ({ signal }) => answerOf(api.POST("/api/segments/count", { body: { filter }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: false,
    retry: false,
  });
}
