import type pg from "pg";
import type { AlertKind, AlertRoute } from "../domain/alerts.js";
import { NotFound } from "../domain/errors.js";
import type { Severity } from "../domain/notification-kinds.js";
import { transaction } from "./pool.js";

export interface StoredRule {
  ruleId: string;
  /** `tenants`: of every tenant that has none of its own of the kind. */
  scope: "platform" | "tenant" | "tenants";
  tenantId: string | null;
  kind: AlertKind;
  name: string;
  severity: Severity;
  fireAbove: number;
  clearAtMost: number;
  forSeconds: number;
  clearForSeconds: number;
  /** Null: each queue, part, process or tenant. */
  subject: string | null;
  routes: AlertRoute[];
  enabled: boolean;
  silencedUntil: Date | null;
  silenceReason: string | null;
  changedBy: string;
  createdAt: Date;
  updatedAt: Date;
}

export type RuleSettings = Omit<
  StoredRule,
  "ruleId" | "scope" | "tenantId" | "kind" | "silencedUntil" | "silenceReason" | "createdAt" | "updatedAt"
>;

/** @param tenantId of whoever asks; null: the platform */
export interface AlertRuleStore {
  /** A tenant's own and those of every tenant; the platform's: its own and those of every tenant, too. */
  listRules(tenantId: string | null): Promise<StoredRule[]>;
  /** @throws NotFound */
  loadRule(tenantId: string | null, ruleId: string): Promise<StoredRule>;
  createRule(rule: Pick<StoredRule, "scope" | "tenantId" | "kind"> & RuleSettings): Promise<StoredRule>;
  /** Of its own alone. @throws NotFound */
  updateRule(tenantId: string | null, ruleId: string, settings: RuleSettings): Promise<StoredRule>;
  /** @throws NotFound */
  deleteRule(tenantId: string | null, ruleId: string, actor: string): Promise<void>;
  /** @param silence null: it is over. @throws NotFound */
  silenceRule(
    tenantId: string | null,
    ruleId: string,
    silence: Silence | null,
    actor: string,
  ): Promise<StoredRule>;
}

export interface Silence {
  until: Date;
  reason: string;
}

const columns = `rule_id as "ruleId", scope, tenant_id as "tenantId", kind, name, severity, fire_above as "fireAbove",
  clear_at_most as "clearAtMost", for_ms / 1000::float8 as "forSeconds", clear_for_ms / 1000::float8 as "clearForSeconds",
  subject, routes, enabled, case when silenced_until > now() then silenced_until end as "silencedUntil",
  case when silenced_until > now() then silence_reason end as "silenceReason", changed_by as "changedBy",
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Of `$1`, to change. */
const isOwn = "(tenant_id = $1 or $1::text is null and tenant_id is null)";

export function createAlertRuleStore(pool: pg.Pool): AlertRuleStore {
  return {
    async listRules(tenantId) {
      const { rows } = await pool.query<StoredRule>(
        `select ${columns} from alert_rules where ${isOwn} or scope = 'tenants' order by scope, created_at, rule_id`,
        [tenantId],
      );
      return rows;
    },
    async loadRule(tenantId, ruleId) {
      const { rows } = await pool.query<StoredRule>(
        `select ${columns} from alert_rules where rule_id = $2 and (${isOwn} or scope = 'tenants')`,
        [tenantId, ruleId],
      );
      return found(rows, ruleId);
    },
    async createRule({ scope, tenantId, kind, ...settings }) {
      const { rows } = await pool.query<StoredRule>(
        `insert into alert_rules (scope, tenant_id, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, subject,
           routes, enabled, changed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning ${columns}`,
        [scope, tenantId, kind, ...valuesOf(settings)],
      );
      return found(rows, "");
    },
    async updateRule(tenantId, ruleId, settings) {
      const { rows } = await pool.query<StoredRule>(
        `update alert_rules set name = $3, severity = $4, fire_above = $5, clear_at_most = $6, for_ms = $7, clear_for_ms = $8,
           subject = $9, routes = $10, enabled = $11, changed_by = $12, updated_at = now()
         where rule_id = $2 and ${isOwn} returning ${columns}`,
        [tenantId, ruleId, ...valuesOf(settings)],
      );
      return found(rows, ruleId);
    },
    async deleteRule(tenantId, ruleId, actor) {
      await transaction(pool, async (client) => {
        await client.query("select set_config('floe.alert_actor', $1, true)", [actor]);
        const { rowCount } = await client.query(`delete from alert_rules where rule_id = $2 and ${isOwn}`, [
          tenantId,
          ruleId,
        ]);
        if (rowCount === 0) throw new NotFound("alert rule", ruleId);
      });
    },
    async silenceRule(tenantId, ruleId, silence, actor) {
      const { rows } = await pool.query<StoredRule>(
        `update alert_rules set silenced_until = $3, silence_reason = $4, changed_by = $5, updated_at = now()
         where rule_id = $2 and ${isOwn} returning ${columns}`,
        [tenantId, ruleId, silence?.until ?? null, silence?.reason ?? null, actor],
      );
      return found(rows, ruleId);
    },
  };
}

function valuesOf(settings: RuleSettings): unknown[] {
  const {
    name,
    severity,
    fireAbove,
    clearAtMost,
    forSeconds,
    clearForSeconds,
    subject,
    routes,
    enabled,
    changedBy,
  } = settings;
  const [forMs, clearForMs] = [forSeconds, clearForSeconds].map((seconds) => Math.round(seconds * 1_000));
  return [name, severity, fireAbove, clearAtMost, forMs, clearForMs, subject, routes, enabled, changedBy];
}

function found(rows: StoredRule[], ruleId: string): StoredRule {
  if (!rows[0]) throw new NotFound("alert rule", ruleId);
  return rows[0];
}
