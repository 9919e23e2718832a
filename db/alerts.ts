import type pg from "pg";
import type { AlertKind, AlertRoute } from "../domain/alerts.js";
import { NotFound } from "../domain/errors.js";
import type { Severity } from "../domain/notification-kinds.js";
import type { Silence } from "./alert-rules.js";

export interface Alert {
  alertId: string;
  ruleId: string;
  /** Null: the platform's. */
  tenantId: string | null;
  kind: AlertKind;
  name: string;
  severity: Severity;
  subject: string;
  /** When it was raised, or cleared. */
  value: number;
  fireAbove: number;
  isTest: boolean;
  /** By which it is told. */
  routes: AlertRoute[];
  raisedAt: Date;
  clearedAt: Date | null;
  /** `recovered`, or `rule-gone`. */
  clearReason: string | null;
  /** Null: nobody was told. */
  toldAt: Date | null;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  silencedUntil: Date | null;
  silenceReason: string | null;
}

export interface AlertEvent {
  historyId: string;
  ruleId: string;
  alertId: string | null;
  /** `raised`, `raise_told`, `acknowledged`, `silenced`, `cleared`, `rule_changed`, … */
  what: string;
  actor: string | null;
  detail: Record<string, unknown>;
  at: Date;
}

export interface AlertPage {
  tenantId: string | null;
  status: "open" | "cleared" | "all";
  severity?: Severity | undefined;
  kind?: AlertKind | undefined;
  /** Id of the last one of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface AlertStore {
  /** Raised last first. */
  listAlerts(page: AlertPage): Promise<Alert[]>;
  /** @throws NotFound */
  loadAlert(tenantId: string | null, alertId: string): Promise<Alert>;
  /** Of an alert, of a rule, or of both of the platform or a tenant; newest first. */
  listHistory(of: HistoryPage): Promise<AlertEvent[]>;
  /** The first one stays. @throws NotFound */
  acknowledge(tenantId: string | null, alertId: string, actor: string): Promise<Alert>;
  /** @param silence null: it is over. @throws NotFound */
  silenceAlert(
    tenantId: string | null,
    alertId: string,
    silence: Silence | null,
    actor: string,
  ): Promise<Alert>;
}

export interface HistoryPage {
  tenantId: string | null;
  alertId?: string | undefined;
  ruleId?: string | undefined;
  before?: string | undefined;
  limit: number;
}

export const alertColumns = `alert_id as "alertId", rule_id as "ruleId", tenant_id as "tenantId", kind, name, severity, subject, value,
  fire_above as "fireAbove", is_test as "isTest", routes, raised_at as "raisedAt", cleared_at as "clearedAt",
  clear_reason as "clearReason", raise_told_at as "toldAt", acknowledged_at as "acknowledgedAt",
  acknowledged_by as "acknowledgedBy", case when silenced_until > now() then silenced_until end as "silencedUntil",
  case when silenced_until > now() then silence_reason end as "silenceReason"`;

const isOwn = "tenant_id is not distinct from $1";

export function createAlertStore(pool: pg.Pool): AlertStore {
  return {
    async listAlerts({ tenantId, status, severity, kind, before, limit }) {
      const { rows } = await pool.query<Alert>(
        `select ${alertColumns} from alerts
         where ${isOwn} and ($2 = 'all' or (cleared_at is null) = ($2 = 'open')) and ($3::text is null or severity = $3)
           and ($4::text is null or kind = $4)
           and ($5::uuid is null or (raised_at, alert_id) < (select raised_at, alert_id from alerts where alert_id = $5 and ${isOwn}))
         order by raised_at desc, alert_id desc limit $6`,
        [tenantId, status, severity ?? null, kind ?? null, before ?? null, limit],
      );
      return rows;
    },
    async loadAlert(tenantId, alertId) {
      const { rows } = await pool.query<Alert>(
        `select ${alertColumns} from alerts where ${isOwn} and alert_id = $2`,
        [tenantId, alertId],
      );
      return found(rows, alertId);
    },
    async listHistory({ tenantId, alertId, ruleId, before, limit }) {
      const { rows } = await pool.query<AlertEvent>(
        `select history_id::text as "historyId", rule_id as "ruleId", alert_id as "alertId", what, actor, detail, at
         from alert_history
         where ${isOwn} and ($2::uuid is null or alert_id = $2) and ($3::uuid is null or rule_id = $3)
           and ($4::bigint is null or history_id < $4)
         order by history_id desc limit $5`,
        [tenantId, alertId ?? null, ruleId ?? null, before ?? null, limit],
      );
      return rows;
    },
    async acknowledge(tenantId, alertId, actor) {
      const { rows } = await pool.query<Alert>(
        `update alerts set acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, $3),
           changed_by = $3
         where ${isOwn} and alert_id = $2 returning ${alertColumns}`,
        [tenantId, alertId, actor],
      );
      return found(rows, alertId);
    },
    async silenceAlert(tenantId, alertId, silence, actor) {
      const { rows } = await pool.query<Alert>(
        `update alerts set silenced_until = $3, silence_reason = $4, changed_by = $5
         where ${isOwn} and alert_id = $2 returning ${alertColumns}`,
        [tenantId, alertId, silence?.until ?? null, silence?.reason ?? null, actor],
      );
      return found(rows, alertId);
    },
  };
}

function found(rows: Alert[], alertId: string): Alert {
  if (!rows[0]) throw new NotFound("alert", alertId);
  return rows[0];
}
