import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export function peopleQuery(api: ApiClient, after: string | undefined) {
  return queryOptions({
    queryKey: ["people", "list", after],
    queryFn: ({ signal }) => {
      const query = { limit: pageSize, ...(after !== undefined && { after }) };
      return answerOf(api.GET("/api/users", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function personQuery(api: ApiClient, userId: string) {
  return queryOptions({
    queryKey: ["people", "one", userId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/users/{user_id}", { params: { path: { user_id: userId } }, signal })),
  });
}

export function invitationsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["people", "invitations"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/invitations", { params: { query: { limit: pageSize } }, signal })),
  });
}
