import type pg from "pg";
import type { Watched } from "../domain/alert-watch.js";
import { partRule, type AlertRule } from "../domain/alerts.js";
import type { Severity } from "../domain/notification-kinds.js";

/** How long ago the flow looked; null: never. */
export async function loadLookedAgoMs(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query<{ ms: number }>(
    "select extract(epoch from now() - looked_at)::float8 * 1000 as ms from alert_looks",
  );
  return rows[0]?.ms ?? null;
}

/** The one that tells of parts, as it is now; null: it is off, or gone. */
export async function loadPartRule(pool: pg.Pool): Promise<AlertRule | null> {
  const { rows } = await pool.query<AlertRule>(
    `select rule_id as "ruleId", tenant_id as "tenantId", kind, name, severity, routes, fire_above as "fireAbove",
       clear_at_most as "clearAtMost", for_ms::float8 as "forMs", clear_for_ms::float8 as "clearForMs",
       case when silenced_until > now() then extract(epoch from silenced_until)::float8 * 1000 end as "silencedUntilMs"
     from alert_rules where rule_id = $1 and enabled`,
    [partRule.ruleId],
  );
  return rows[0] ?? null;
}

/** Open ones, as a watch remembers them; tests end by themselves. */
export async function listOpenWatched(pool: pg.Pool): Promise<Watched[]> {
  const { rows } = await pool.query<
    Omit<AlertRule, "silencedUntilMs"> & { alertId: string; subject: string; value: number }
  >(
    `select alert_id as "alertId", rule_id as "ruleId", tenant_id as "tenantId", kind, name, severity, routes, subject, value,
       fire_above as "fireAbove", fire_above as "clearAtMost", 0 as "forMs", 0 as "clearForMs"
     from alerts where cleared_at is null and not is_test order by raised_at limit 1000`,
  );
  return rows.map(({ alertId, subject, value, ...rule }) => ({
    rule: { ...rule, silencedUntilMs: null },
    ...{ subject, value, alertId, heldMs: 0, seenAtMs: null },
  }));
}

export async function countOpenAlerts(pool: pg.Pool): Promise<{ severity: Severity; count: number }[]> {
  const { rows } = await pool.query<{ severity: Severity; count: number }>(
    "select severity, count(*)::int as count from alerts where cleared_at is null group by severity",
  );
  return rows;
}
