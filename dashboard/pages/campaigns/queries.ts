import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";
import type { paths } from "../../data/api-types.js";

type Query<Path extends "/api/campaigns" | "/api/sends/{send_id}/recipients"> = NonNullable<
  paths[Path]["get"]["parameters"]["query"]
>;
export type CampaignStatus = NonNullable<Query<"/api/campaigns">["status"]>;
export type RecipientStatus = NonNullable<Query<"/api/sends/{send_id}/recipients">["status"]>;

export function campaignsQuery(api: ApiClient, asked: { status?: CampaignStatus; before?: string }) {
  return queryOptions({
    queryKey: ["campaigns", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/campaigns", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function campaignQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["campaigns", "one", id],
    queryFn: ({ signal }) =>
      taggedAnswerOf(
        api.GET("/api/campaigns/{campaign_id}", { params: { path: { campaign_id: id } }, signal }),
      ),
  });
}

export function sendsQuery(api: ApiClient, campaign: string, before: string | undefined) {
  return queryOptions({
    queryKey: ["sends", "list", campaign, before],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/sends", {
          params: {
            query: { campaign_id: campaign, limit: pageSize, ...(before !== undefined && { before }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** With every recipient counted: for an end, and for what progress does not tell apart. */
export function sendQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sends", "one", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sends/{send_id}", { params: { path: { send_id: id } }, signal })),
  });
}

export function progressQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sends", "progress", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sends/{send_id}/progress", { params: { path: { send_id: id } }, signal })),
  });
}

export function sendHoldsQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sends", "holds", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sends/{send_id}/holds", { params: { path: { send_id: id } }, signal })),
  });
}

export function sendAnalyticsQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sends", "analytics", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sends/{send_id}/analytics", { params: { path: { send_id: id } }, signal })),
  });
}

export function sendOutcomesQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ["sends", "outcomes", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/sends/{send_id}/outcomes", { params: { path: { send_id: id } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export interface RecipientsAsked {
  status?: RecipientStatus;
  returned?: boolean;
  missed?: boolean;
  held_by?: string;
  after?: string;
}

export function recipientsQuery(api: ApiClient, id: string, asked: RecipientsAsked) {
  return queryOptions({
    queryKey: ["sends", "recipients", id, asked],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/sends/{send_id}/recipients", {
          params: { path: { send_id: id }, query: { ...asked, limit: pageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

type Answer<Asked extends (...args: never[]) => { queryFn?: unknown }> =
  ReturnType<Asked>["queryFn"] extends infer Fn
    ? Fn extends (...args: never[]) => infer Result
      ? Awaited<Result>
      : never
    : never;

export type Campaign = Answer<typeof campaignsQuery>["data"][number];
export type Send = Answer<typeof sendsQuery>["data"][number];
export type SendSummary = Answer<typeof sendQuery>;
export type SendOutcomes = Answer<typeof sendOutcomesQuery>;
export type Recipient = Answer<typeof recipientsQuery>["data"][number];
