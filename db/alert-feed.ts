import type pg from "pg";
import { alertColumns, type Alert, type AlertEvent } from "./alerts.js";

/** Where a reader of changes stands: behind one of a transaction, or all of it. */
export interface AlertPosition {
  transaction: number;
  historyId: number;
}

/** One change, with the alert as it stands by now; null: it was of a rule. */
export type AlertNews = Pick<AlertEvent, "ruleId" | "what" | "actor" | "at"> & { alert: Alert | null };
export type NumberedAlertNews = AlertNews & { position: AlertPosition };

export interface AlertFeed {
  /** Everything up to it is visible now, and nothing can appear there later. */
  readPosition(): Promise<AlertPosition>;
  /** What was written behind a position, in order. `through`: everything up to it has been read. */
  readNews(query: {
    /** Null: the platform's. */
    tenantId: string | null;
    after: AlertPosition;
    limit: number;
  }): Promise<{ news: NumberedAlertNews[]; through: AlertPosition }>;
  /** Open ones, raised last first. */
  readOpen(query: { tenantId: string | null; limit: number }): Promise<AlertNews[]>;
}

/** Below it every transaction has ended. */
const low = "pg_snapshot_xmin(pg_current_snapshot())";
/** Above every change of a transaction. */
const lastId = Number.MAX_SAFE_INTEGER;

export function createAlertFeed(pool: pg.Pool): AlertFeed {
  const readPosition = async (): Promise<AlertPosition> => {
    const { rows } = await pool.query<{ transaction: number }>(
      `select (${low}::text::bigint - 1)::float8 as transaction`,
    );
    return { transaction: rows[0]?.transaction ?? 0, historyId: lastId };
  };
  return {
    readPosition,
    async readNews({ tenantId, after, limit }) {
      // Before the rows: what ends in between is read the next time.
      const now = await readPosition();
      const { rows } = await pool.query<EventRow>(
        `select history_id::float8 as "historyId", transaction::text::float8 as transaction, alert_id as "alertId",
           rule_id as "ruleId", what, actor, at
         from alert_history
         where tenant_id is not distinct from $1 and (transaction, history_id) > ($2::text::xid8, $3::bigint)
           and transaction <= $4::text::xid8
         order by transaction, history_id limit $5`,
        [tenantId, String(after.transaction), after.historyId, String(now.transaction), limit],
      );
      const alerts = await loadAlerts(pool, tenantId, rows);
      const news = rows.map(({ historyId, transaction, alertId, ...event }) => ({
        ...event,
        alert: alertId === null ? null : (alerts.get(alertId) ?? null),
        position: { transaction, historyId },
      }));
      const last = news.at(-1);
      if (last && news.length === limit) return { news, through: last.position };
      // A server that was restored may be behind what a reader has seen of the one before.
      return { news, through: now.transaction < after.transaction ? after : now };
    },
    async readOpen({ tenantId, limit }) {
      const { rows } = await pool.query<Alert>(
        `select ${alertColumns} from alerts where tenant_id is not distinct from $1 and cleared_at is null
         order by raised_at desc, alert_id desc limit $2`,
        [tenantId, limit],
      );
      return rows.map((alert) => ({
        ...{ ruleId: alert.ruleId, what: "raised", actor: null, at: alert.raisedAt },
        alert,
      }));
    },
  };
}

type EventRow = Omit<AlertNews, "alert"> & AlertPosition & { alertId: string | null };

async function loadAlerts(
  pool: pg.Pool,
  tenantId: string | null,
  events: readonly EventRow[],
): Promise<Map<string, Alert>> {
  const ids = [...new Set(events.flatMap(({ alertId }) => alertId ?? []))];
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<Alert>(
    `select ${alertColumns} from alerts where tenant_id is not distinct from $1 and alert_id = any ($2::uuid[])`,
    [tenantId, ids],
  );
  return new Map(rows.map((alert) => [alert.alertId, alert]));
}
