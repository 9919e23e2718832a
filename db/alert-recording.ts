import type pg from "pg";
import { textOf, titleOf, type AlertChange } from "../domain/alerts.js";
import type { Alert } from "./alerts.js";
import { transaction } from "./pool.js";

/**
 * Writes changes down in their order, and tells people and webhooks of what they have not been told. Repeating it changes
 * nothing.
 * @returns ids of alerts that this call raised or cleared: another may have been first
 */
export async function recordAlerts(pool: pg.Pool, changes: readonly AlertChange[]): Promise<Set<string>> {
  return transaction(pool, async (client) => {
    // Two at once would tell twice.
    await client.query("select pg_advisory_xact_lock(hashtext('floe.alerts'))");
    const news = new Set<string>();
    for (const change of changes) {
      const isNews = change.what === "raised" ? await raise(client, change) : await clear(client, change);
      if (isNews) news.add(change.alertId);
      // What was raised and has cleared since is told as both.
      if (change.what === "raised") await tellRaised(client);
    }
    await tellRaised(client);
    await tellCleared(client);
    return news;
  });
}

async function raise(client: pg.ClientBase, { alertId, rule, ...change }: AlertChange): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into alerts (alert_id, rule_id, tenant_id, kind, name, severity, subject, value, fire_above, is_test, routes, raised_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    [
      ...[
        alertId,
        rule.ruleId,
        rule.tenantId,
        rule.kind,
        rule.name,
        rule.severity,
        change.subject,
        change.value,
      ],
      ...[rule.fireAbove, change.isTest, rule.routes, new Date(change.atMs)],
    ],
  );
  return rowCount === 1;
}

/** Whoever raised it: it may have been another process, which is gone. */
async function clear(
  client: pg.ClientBase,
  { alertId, value, atMs, reason, isTest, rule, subject }: AlertChange,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update alerts set cleared_at = greatest($2, raised_at), value = $3, clear_reason = $4
     where cleared_at is null
       and (alert_id = $1 or not $5 and not is_test and rule_id = $6 and tenant_id is not distinct from $7 and subject = $8)`,
    [alertId, new Date(atMs), value, reason, isTest, rule.ruleId, rule.tenantId, subject],
  );
  return rowCount === 1;
}

/** Of an alert `a`. */
const isNotSilenced = `coalesce(a.silenced_until, '-infinity') <= now()
  and not exists (select from alert_rules r where r.rule_id = a.rule_id and r.silenced_until > now())`;
const raiseIsDue = `a.raise_told_at is null and a.cleared_at is null and ${isNotSilenced}`;
const clearIsDue = "a.clear_told_at is null and a.raise_told_at is not null and a.cleared_at is not null";

const columns = `a.alert_id as "alertId", a.rule_id as "ruleId", a.tenant_id as "tenantId", a.kind, a.name, a.severity, a.subject,
  a.value, a.fire_above as "fireAbove", a.is_test as "isTest", a.routes, a.raised_at as "raisedAt", a.cleared_at as "clearedAt",
  a.clear_reason as "clearReason"`;

type ToldAlert = Omit<
  Alert,
  "toldAt" | "acknowledgedAt" | "acknowledgedBy" | "silencedUntil" | "silenceReason"
>;

export async function isUntold(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ due: boolean }>(
    `select exists (select from alerts a where (a.raise_told_at is null or a.clear_told_at is null)
       and ((${raiseIsDue}) or (${clearIsDue}))) as due`,
  );
  return rows[0]?.due ?? false;
}

async function tellRaised(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<ToldAlert>(
    `update alerts a set raise_told_at = now() where ${raiseIsDue} returning ${columns}`,
  );
  await tell(client, "raised", rows);
}

async function tellCleared(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<ToldAlert>(
    `update alerts a set clear_told_at = now() where ${clearIsDue} returning ${columns}`,
  );
  await tell(client, "cleared", rows);
}

/** The platform's people have the inbox `*`; its endpoint is that of the emergency channel. */
async function tell(
  client: pg.ClientBase,
  what: "raised" | "cleared",
  alerts: readonly ToldAlert[],
): Promise<void> {
  const ofPeople = alerts.filter(({ routes }) => routes.includes("notifications"));
  const ofWebhooks = alerts.filter(({ routes }) => routes.includes("webhooks"));
  const texts = ofPeople.map((alert) => {
    const { subject, value, isTest } = alert;
    const rule = { ...alert, clearAtMost: 0, forMs: 0, clearForMs: 0, silencedUntilMs: null };
    const change: AlertChange = {
      what,
      alertId: alert.alertId,
      rule,
      subject,
      value,
      isTest,
      atMs: 0,
      reason: null,
    };
    return { title: titleOf(change), text: textOf(change) };
  });
  await client.query(
    `insert into notifications (tenant_id, kind, severity, subject_id, title, text)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`,
    [
      ofPeople.map(({ tenantId }) => tenantId ?? "*"),
      ofPeople.map(({ kind }) => notificationKindOf(kind, what)),
      ofPeople.map(({ severity }) => (what === "raised" ? severity : "info")),
      ofPeople.map(({ alertId }) => alertId),
      texts.map(({ title }) => title),
      texts.map(({ text }) => text),
    ],
  );
  await client.query(
    `select tell_webhooks(e.tenant, $2, e.subject, e.data)
     from jsonb_to_recordset($1::jsonb) as e (tenant text, subject text, data jsonb)`,
    [
      JSON.stringify(
        ofWebhooks.flatMap((alert) =>
          alert.tenantId === null
            ? []
            : [{ tenant: alert.tenantId, subject: alert.alertId, data: payloadOf(alert) }],
        ),
      ),
      `alert.${what}`,
    ],
  );
}

/** Dead letters are chosen apart from other alerts: who cares for them need not care for servers. */
function notificationKindOf(kind: ToldAlert["kind"], what: "raised" | "cleared"): string {
  return kind === "dead-letters" && what === "raised" ? "dead_letters.growing" : `alert.${what}`;
}

/** `data` of `alert.raised` and `alert.cleared`, version 1; see `domain/webhook-events`. */
function payloadOf(alert: ToldAlert): Record<string, unknown> {
  return {
    ...{ alert_id: alert.alertId, rule_id: alert.ruleId, kind: alert.kind, name: alert.name },
    ...{ severity: alert.severity, subject: alert.subject, value: alert.value, fire_above: alert.fireAbove },
    ...{ is_test: alert.isTest, raised_at: alert.raisedAt.toISOString() },
    ...(alert.clearedAt && { cleared_at: alert.clearedAt.toISOString(), reason: alert.clearReason }),
  };
}
