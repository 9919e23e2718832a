import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export function templatesQuery(api: ApiClient, after: string | undefined) {
  return queryOptions({
    queryKey: ["templates", "list", after],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/templates", {
          params: { query: { limit: pageSize, ...(after !== undefined && { after }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** By id or name; or one version, by its id. */
export function templateQuery(api: ApiClient, template: string) {
  return queryOptions({
    queryKey: ["templates", "one", template],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/templates/{template}", { params: { path: { template } }, signal })),
  });
}

export function versionsQuery(api: ApiClient, template: string, before: string | undefined) {
  return queryOptions({
    queryKey: ["templates", "versions", template, before],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/templates/{template}/versions", {
          params: {
            path: { template },
            query: { limit: pageSize, ...(before !== undefined && { before: Number(before) }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** What somebody with these variables gets of a version. */
export function previewQuery(api: ApiClient, template: string) {
  return queryOptions({
    queryKey: ["templates", "preview", template],
    queryFn: ({ signal }) =>
      answerOf(
        api.POST("/api/templates/{template}/preview", {
          params: { path: { template } },
          body: { variables: {} },
          signal,
        }),
      ),
    refetchInterval: false,
  });
}

export interface Draft {
  subject: string;
  html?: string;
  mjml?: string;
  text?: string;
  preheader?: string;
}

/** Values of a template's holes. */
export type Variables = Record<string, string | number | boolean | null>;

/** The same of what is being written; it is asked anew for each text. */
export function draftQuery(api: ApiClient, draft: Draft, variables: Variables) {
  return queryOptions({
    queryKey: ["drafts", draft, variables],
    queryFn: ({ signal }) =>
      answerOf(api.POST("/api/templates/preview", { body: { ...draft, variables }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: false,
    retry: false,
    gcTime: 0,
  });
}

export type Template = Awaited<
  ReturnType<NonNullable<ReturnType<typeof templatesQuery>["queryFn"]>>
>["data"][number];
export type TemplateContent = Awaited<
  ReturnType<NonNullable<ReturnType<typeof templateQuery>["queryFn"]>>
>["value"];
