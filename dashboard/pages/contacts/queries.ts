import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export interface ContactsAsked {
  list?: string;
  segment?: string;
  /** Of the page before. */
  after?: string | undefined;
}

export function contactsQuery(api: ApiClient, asked: ContactsAsked) {
  return queryOptions({
    queryKey: ["contacts", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/contacts", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** By id or address, with the ETag that a change is held against. */
export function contactQuery(api: ApiClient, contact: string) {
  return queryOptions({
    queryKey: ["contacts", "one", contact],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/contacts/{contact}", { params: { path: { contact } }, signal })),
  });
}

export type Contact = Awaited<
  ReturnType<NonNullable<ReturnType<typeof contactsQuery>["queryFn"]>>
>["data"][number];

/** As one would call the person. */
export function nameOf({ name, first_name: first, last_name: last }: Contact): string | null {
  return name ?? ([first, last].filter(Boolean).join(" ") || null);
}
