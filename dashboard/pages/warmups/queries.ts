import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { WarmupKind } from "../../../domain/warmup-allowance.js";
import type { WarmupStatus } from "../../../domain/warmup-status.js";
import { answerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type WarmupRow = RowOf<"warmups.list">;
export type Warmup = Answer<"warmups.get">;
export type WarmupDay = RowOf<"warmups.days">;

/** What is measured of them is of hours: they are asked less often than the rest. */
const measuredMs = 30_000;

export interface WarmupsAsked {
  status?: WarmupStatus;
  kind?: WarmupKind;
  before?: string | undefined;
}

/** @param whose of queries: `tenant` or `platform` */
export function warmupsQuery(api: ApiClient, whose: string, asked: WarmupsAsked) {
  return queryOptions({
    queryKey: ["warmups", "list", whose, asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/warmups", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: measuredMs,
  });
}

export function warmupQuery(api: ApiClient, warmupId: string) {
  return queryOptions({
    queryKey: ["warmups", "one", warmupId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/warmups/{warmup_id}", { params: { path: { warmup_id: warmupId } }, signal })),
  });
}

export function daysQuery(api: ApiClient, warmupId: string, before?: string) {
  const params = { path: { warmup_id: warmupId }, query: { before, limit: 100 } };
  return queryOptions({
    queryKey: ["warmups", "days", warmupId, before],
    queryFn: ({ signal }) => answerOf(api.GET("/api/warmups/{warmup_id}/days", { params, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: measuredMs,
  });
}

export function nodesQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["nodes", "list"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/nodes", { signal })),
  });
}
