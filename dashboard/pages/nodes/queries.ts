import { queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";

export function nodesQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["nodes", "list"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/nodes", { signal })),
  });
}

/** With the ETag that a change is held against. */
export function nodeQuery(api: ApiClient, nodeId: string) {
  return queryOptions({
    queryKey: ["nodes", "one", nodeId],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/nodes/{node_id}", { params: { path: { node_id: nodeId } }, signal })),
  });
}
