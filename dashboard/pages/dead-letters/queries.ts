import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { DeadLetterKind } from "../../../domain/dead-letters.js";
import { answerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type DeadLetter = RowOf<"dead_letters.list">;
export type DeadLetterDetail = Answer<"dead_letters.get">;
export type Replay = RowOf<"replays.list">;

export interface DeadLetterFilter {
  dead_letter_ids?: string[];
  kind?: DeadLetterKind;
  reason?: string;
  text?: string;
  send_id?: string;
}

export function deadLettersQuery(api: ApiClient, asked: DeadLetterFilter & { after?: string | undefined }) {
  return queryOptions({
    queryKey: ["dead-letters", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/dead-letters", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function deadLetterQuery(api: ApiClient, letter: string) {
  return queryOptions({
    queryKey: ["dead-letters", "one", letter],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/dead-letters/{dead_letter_id}", {
          params: { path: { dead_letter_id: letter } },
          signal,
        }),
      ),
  });
}

export function replayPreviewQuery(api: ApiClient, filter: DeadLetterFilter) {
  return queryOptions({
    queryKey: ["dead-letters", "preview", filter],
    queryFn: async ({ signal }) => {
      const answer = api.GET("/api/dead-letters/preview", { params: { query: filter }, signal });
      const { count, partial, reasons } = await answerOf(answer);
      const parts = reasons.map((one) => ({ name: `${one.kind}: ${one.reason}`, count: one.count }));
      return { count, partial, parts };
    },
    // It counts rows: once a look, not every few seconds.
    refetchInterval: false,
  });
}

export function replaysQuery(api: ApiClient, asked: { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["dead-letters", "replays", asked],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/dead-letters/replays", { params: { query: { ...asked, limit: pageSize } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function replayQuery(api: ApiClient, replayId: string) {
  return queryOptions({
    queryKey: ["dead-letters", "replay", replayId],
    queryFn: ({ signal }) => {
      const params = { path: { replay_id: replayId } };
      return answerOf(api.GET("/api/dead-letters/replays/{replay_id}", { params, signal }));
    },
    refetchInterval: 2_000,
  });
}
