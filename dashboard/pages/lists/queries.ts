import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type List = RowOf<"lists.list">;
export type Member = RowOf<"contacts.list">;

export function listsQuery(api: ApiClient, asked: { after?: string | undefined }) {
  return queryOptions({
    queryKey: ["lists", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/lists", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** By id or name, with the ETag that a change is held against. */
export function listQuery(api: ApiClient, list: string) {
  return queryOptions({
    queryKey: ["lists", "one", list],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/lists/{list}", { params: { path: { list } }, signal })),
  });
}

export function membersQuery(api: ApiClient, list: string) {
  return queryOptions({
    queryKey: ["lists", "members", list],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/contacts", { params: { query: { list, limit: pageSize } }, signal })),
  });
}
