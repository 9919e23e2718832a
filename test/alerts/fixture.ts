import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { AlertRule } from "../../domain/alerts.js";

type Over = Partial<Omit<AlertRule, "silencedUntilMs">> & {
  scope: "platform" | "tenant" | "tenants";
  subject?: string;
};

/** A rule that fires and clears with the next look. */
export async function addRule(pool: pg.Pool, { scope, ...over }: Over): Promise<string> {
  const rule = {
    ...{ ruleId: randomUUID(), tenantId: null, kind: "dead-letters", name: "A rule", severity: "warning" },
    ...{
      fireAbove: 0,
      clearAtMost: 0,
      forMs: 0,
      clearForMs: 0,
      subject: null,
      routes: ["notifications", "webhooks"],
    },
    ...over,
  };
  await pool.query(
    `insert into alert_rules (rule_id, scope, tenant_id, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms,
       subject, routes, changed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'test')`,
    [
      ...[
        rule.ruleId,
        scope,
        rule.tenantId,
        rule.kind,
        rule.name,
        rule.severity,
        rule.fireAbove,
        rule.clearAtMost,
      ],
      ...[rule.forMs, rule.clearForMs, rule.subject, rule.routes],
    ],
  );
  return rule.ruleId;
}
