import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { AlertKind } from "../../../domain/alerts.js";
import { answerOf, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";
import type { Tone } from "../../parts/status-badge.js";
import type { Whose } from "./whose.js";

export type Alert = RowOf<"alerts.list">;
export type AlertRule = RowOf<"alert_rules.list">;
export type AlertEvent = RowOf<"alerts.history">;
export type Severity = Alert["severity"];

export const severityTones: Record<Severity, Tone> = { info: "neutral", warning: "warning", critical: "bad" };

export interface AlertsAsked {
  status?: "open" | "cleared" | "all";
  severity?: Severity;
  kind?: AlertKind;
  before?: string | undefined;
}

export function alertsQuery({ api, key }: Whose, asked: AlertsAsked) {
  return queryOptions({
    queryKey: ["alerts", "list", key, asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/alerts", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function alertQuery({ api, key }: Whose, id: string) {
  return queryOptions({
    queryKey: ["alerts", "one", key, id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/alerts/{alert_id}", { params: { path: { alert_id: id } }, signal })),
  });
}

export interface HistoryAsked {
  alert_id?: string;
  rule_id?: string;
  before?: string | undefined;
}

export function historyQuery({ api, key }: Whose, asked: HistoryAsked) {
  return queryOptions({
    queryKey: ["alerts", "history", key, asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/alerts/history", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function rulesQuery({ api, key }: Whose) {
  return queryOptions({
    queryKey: ["alerts", "rules", key],
    queryFn: ({ signal }) => answerOf(api.GET("/api/alert-rules", { signal })),
  });
}
