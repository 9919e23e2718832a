import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type MailboxRow = RowOf<"warmup_mailboxes.list">;
export type Mailbox = Answer<"warmup_mailboxes.get">;
export type PoolMessage = RowOf<"warmup_messages.list">;

export function mailboxesQuery(api: ApiClient, after?: string) {
  const params = { query: { after, limit: pageSize } };
  return queryOptions({
    queryKey: ["warmups", "pool", "list", after],
    queryFn: ({ signal }) => answerOf(api.GET("/api/warmup-mailboxes", { params, signal })),
    placeholderData: keepPreviousData,
  });
}

/** With the ETag that a change is held against. */
export function mailboxQuery(api: ApiClient, mailboxId: string) {
  const params = { path: { mailbox_id: mailboxId } };
  return queryOptions({
    queryKey: ["warmups", "pool", "one", mailboxId],
    queryFn: ({ signal }) =>
      taggedAnswerOf(api.GET("/api/warmup-mailboxes/{mailbox_id}", { params, signal })),
  });
}

/** The latest that it wrote and got. */
export function poolMessagesQuery(api: ApiClient, mailboxId: string) {
  const params = { query: { mailbox_id: mailboxId, limit: pageSize } };
  return queryOptions({
    queryKey: ["warmups", "pool", "messages", mailboxId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/warmup-messages", { params, signal })),
    placeholderData: keepPreviousData,
  });
}
