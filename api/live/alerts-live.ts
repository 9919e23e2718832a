import type { AlertFeed, AlertNews, AlertPosition } from "../../db/alert-feed.js";
import type { Level } from "../../domain/access.js";
import { InvalidInput } from "../../domain/errors.js";
import { alertToJson } from "../operations/alerts.js";
import { notACursor, snapshotRows, type LiveFeed } from "./feed.js";

/** Every change of a tenant's alerts and rules, with the alert as it stands. @param tenantId null: the platform's */
export function createAlertsLive(feed: AlertFeed, tenantId: string | null): LiveFeed {
  const level: Level = tenantId === null ? "platform" : "read";
  return {
    ...{ resource: "alerts", level },
    position: async () => toText(await feed.readPosition()),
    async read(_filter, after, limit) {
      const { news, through } = await feed.readNews({ tenantId, limit, after: toPosition(after) });
      const updates = news.map(({ position, ...one }) => ({
        ...{ sequence: toText(position), id: one.alert?.alertId ?? one.ruleId, user: null },
        data: toJson(one),
      }));
      return { updates, through: toText(through) };
    },
    async snapshot() {
      const sequence = toText(await feed.readPosition());
      const open = await feed.readOpen({ tenantId, limit: snapshotRows });
      return { sequence, data: open.map(toJson) };
    },
    isGap: async (sequence) => toPosition(sequence).transaction > (await feed.readPosition()).transaction,
    requireSubject({ user }) {
      if (user === undefined) return Promise.resolve();
      const problem = "has no alerts of their own: they are the tenant's";
      return Promise.reject(new InvalidInput([{ field: "user", problem }]));
    },
    compare: (a, b) => {
      const [one, other] = [toPosition(a), toPosition(b)];
      return one.transaction - other.transaction || one.historyId - other.historyId;
    },
    matches: () => true,
  };
}

function toText({ transaction, historyId }: AlertPosition): string {
  return `${transaction}.${historyId}`;
}

function toPosition(text: string): AlertPosition {
  const [, transaction, historyId] = /^(\d{1,15})\.(\d{1,16})$/.exec(text) ?? [];
  if (transaction === undefined || historyId === undefined) throw notACursor();
  return { transaction: Number(transaction), historyId: Number(historyId) };
}

function toJson({ ruleId, alert, ...event }: AlertNews) {
  return { ...event, rule_id: ruleId, alert: alert && alertToJson(alert) };
}
