import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { ReputationKind } from "../../../domain/reputation.js";
import type { ReputationGate } from "../../../domain/reputation-gates.js";
import { answerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type ReputationRow = RowOf<"reputation.list">;
export type Reputation = Answer<"reputation.show">;
export type ReputationDay = RowOf<"reputation.history">;

export interface ReputationAsked {
  kind?: ReputationKind;
  gate?: ReputationGate;
  below?: number;
  before?: string | undefined;
}

export interface Subject {
  kind: ReputationKind;
  subject: string;
}

export function reputationsQuery(api: ApiClient, asked: ReputationAsked) {
  return queryOptions({
    queryKey: ["reputation", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/reputation", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function reputationQuery(api: ApiClient, path: Subject) {
  return queryOptions({
    queryKey: ["reputation", "one", path],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/reputation/{kind}/{subject}", { params: { path }, signal })),
  });
}

export function reputationDaysQuery(api: ApiClient, path: Subject) {
  const params = { path, query: { limit: 90 } };
  return queryOptions({
    queryKey: ["reputation", "history", path],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/reputation/{kind}/{subject}/history", { params, signal })),
  });
}
