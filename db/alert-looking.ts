import type pg from "pg";
import type { AlertLooked, AlertLookInput } from "../activities/alerts.js";
import { watchKey } from "../domain/alert-watch.js";
import { isOwnWatch, partRule, type AlertReading, type AlertRule } from "../domain/alerts.js";
import { loadAlertFacts, type AlertFact } from "./alert-facts.js";
import { isUntold } from "./alert-recording.js";
import { listOpenWatched } from "./alert-standing.js";

type RuleRow = Omit<AlertRule, "silencedUntilMs"> & {
  scope: "platform" | "tenant" | "tenants";
  /** Null: each. */
  subject: string | null;
  enabled: boolean;
  silencedUntil: Date | null;
};

/** Whether each part answers, asked by whoever looks. */
export type PartsUp = Readonly<Record<"postgres" | "redis", boolean>>;

/** What rules see now. Without Postgres: those of parts, as they were last read. @throws when Postgres fails meanwhile */
export async function lookAtAlerts(
  pool: pg.Pool,
  { keys, partRules }: AlertLookInput,
  up: PartsUp,
): Promise<AlertLooked> {
  if (!up.postgres) {
    const readings = readParts(partRules ?? [partRule], up);
    return { readings, gone: [], open: [], isPostgresUp: false, partRules, isAnyUntold: false };
  }
  const rows = await loadRules(pool);
  const ruling = rows.filter(({ enabled }) => enabled);
  const { facts, known } = await loadAlertFacts(pool, new Set(ruling.map(({ kind }) => kind)));
  const own = new Set(rows.flatMap(({ tenantId, kind }) => (tenantId === null ? [] : `${tenantId} ${kind}`)));
  const parts = ruling.filter(({ kind }) => kind === "part-down");

  const seen = new Map<string, AlertReading>();
  for (const reading of [
    ...readParts(
      parts.map((row) => toRule(row, null)),
      up,
    ),
    ...ruling.flatMap((row) => facts.flatMap((fact) => readingOf(row, fact, own))),
  ]) {
    seen.set(watchKey(reading.rule, reading.subject), reading);
  }
  const open = (await listOpenWatched(pool)).filter(
    ({ rule, subject }) => !keys.includes(watchKey(rule, subject)) && !isOwnWatch(rule, subject),
  );
  const watched = [...keys, ...open.map(({ rule, subject }) => watchKey(rule, subject))];
  const gone: string[] = [];
  const readings = [...seen].flatMap(([key, reading]) =>
    reading.value > reading.rule.fireAbove || watched.includes(key) ? [reading] : [],
  );
  for (const key of watched.filter((one) => !seen.has(one))) {
    const rule = ruleOfKey(key, ruling, own);
    if (!rule) gone.push(key);
    // What is no fact any more is as it should be; what could not be read is not known.
    else if (known.has(rule.kind)) readings.push({ rule, subject: subjectOf(key), value: 0 });
  }
  await pool.query(
    `insert into alert_looks (looked_at) values (now()) on conflict (id) do update set looked_at = now()`,
  );
  return {
    ...{ readings, gone, open, isPostgresUp: true },
    partRules: parts.map((row) => toRule(row, null)),
    isAnyUntold: await isUntold(pool),
  };
}

async function loadRules(pool: pg.Pool): Promise<RuleRow[]> {
  const { rows } = await pool.query<RuleRow>(
    `select rule_id as "ruleId", scope, tenant_id as "tenantId", kind, name, severity, fire_above as "fireAbove",
       clear_at_most as "clearAtMost", for_ms::float8 as "forMs", clear_for_ms::float8 as "clearForMs", subject, routes, enabled,
       case when silenced_until > now() then silenced_until end as "silencedUntil"
     from alert_rules`,
  );
  return rows;
}

function toRule(
  { scope: _scope, subject: _subject, enabled: _on, silencedUntil, ...row }: RuleRow,
  tenantId: string | null,
): AlertRule {
  return { ...row, tenantId, silencedUntilMs: silencedUntil?.getTime() ?? null };
}

function readParts(rules: readonly AlertRule[], up: PartsUp): AlertReading[] {
  return rules.flatMap((rule) =>
    Object.entries(up).map(([subject, isUp]) => ({ rule, subject, value: isUp ? 0 : 1 })),
  );
}

function readingOf(
  row: RuleRow,
  { kind, tenantId, subject, value }: AlertFact,
  own: ReadonlySet<string>,
): AlertReading[] {
  if (row.kind !== kind || !rulesOver(row, tenantId, own)) return [];
  if (row.subject !== null && row.subject !== subject) return [];
  return [{ rule: toRule(row, tenantId), subject, value }];
}

function rulesOver(row: RuleRow, tenantId: string | null, own: ReadonlySet<string>): boolean {
  if (row.scope === "platform") return tenantId === null;
  if (row.scope === "tenant") return tenantId === row.tenantId;
  return tenantId !== null && !own.has(`${tenantId} ${row.kind}`);
}

function ruleOfKey(key: string, rows: readonly RuleRow[], own: ReadonlySet<string>): AlertRule | undefined {
  const [ruleId, tenant = ""] = key.split(" ");
  const tenantId = tenant === "" ? null : tenant;
  const row = rows.find((one) => one.ruleId === ruleId);
  if (!row || !rulesOver(row, tenantId, own)) return undefined;
  if (row.subject !== null && row.subject !== subjectOf(key)) return undefined;
  return toRule(row, tenantId);
}

function subjectOf(key: string): string {
  return key.split(" ").slice(2).join(" ");
}
