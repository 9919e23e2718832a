import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { AbTestPlan, AbTestStore, Decision } from "../activities/ab-test-ports.js";
import {
  abTestHasEnded,
  bucketsOfRest,
  bucketsOfVariant,
  type AbTestRules,
  type AbTestStatus,
  type Buckets,
} from "../domain/ab-test.js";
import { chooseVariant, type ChoiceReason, type VariantFigures } from "../domain/ab-test-choice.js";
import { NotFound } from "../domain/errors.js";
import { loadFigures } from "./ab-test-figures.js";
import { transaction } from "./pool.js";
import { ensurePartition } from "./sends.js";

/** The facts that steer an A/B test. Its sends are ordinary ones, each to a part of the campaign's audience. */
export function createAbTestStore(pool: pg.Pool): AbTestStore {
  return {
    loadAbTest: (abTestId) => loadAbTest(pool, abTestId),
    beginAbTest: (abTestId) => beginAbTest(pool, abTestId),
    openAbTestSends: (abTestId) => openSends(pool, abTestId),
    endAbTestSending: (abTestId, nowMs) => endSending(pool, abTestId, nowMs),
    decideAbTest: (abTestId, nowMs) => decide(pool, abTestId, nowMs),
    pickAbTestVariant: (abTestId, variant) => pick(pool, abTestId, variant),
    setAbTestPaused: (abTestId, paused) => setPaused(pool, abTestId, paused),
    endAbTest: (abTestId, status) => endAbTest(pool, abTestId, status),
  };
}

async function loadAbTest(pool: pg.Pool, abTestId: string): Promise<AbTestPlan> {
  const { rows } = await pool.query<AbTestPlan>(
    `select t.campaign_id as "abTestId", t.tenant_id as "tenantId", c.name, c.lane, t.status, t.paused,
       (extract(epoch from t.scheduled_at) * 1000)::float8 as "startAtMs",
       (extract(epoch from t.decide_at) * 1000)::float8 as "decideAtMs"
     from ab_tests t join campaigns c on c.campaign_id = t.campaign_id and c.tenant_id = t.tenant_id
     where t.campaign_id = $1`,
    [abTestId],
  );
  if (!rows[0]) throw new NotFound("A/B test", abTestId);
  return rows[0];
}

interface Held {
  tenantId: string;
  status: AbTestStatus;
  rules: AbTestRules;
  decideAtMs: number | null;
  winner: number | null;
  reason: ChoiceReason | null;
}

async function lock(client: pg.PoolClient, abTestId: string): Promise<Held> {
  const { rows } = await client.query<Held>(
    `select tenant_id as "tenantId", status, rules, winner, reason,
       (extract(epoch from decide_at) * 1000)::float8 as "decideAtMs"
     from ab_tests where campaign_id = $1 for update`,
    [abTestId],
  );
  if (!rows[0]) throw new NotFound("A/B test", abTestId);
  return rows[0];
}

async function beginAbTest(pool: pg.Pool, abTestId: string): Promise<AbTestStatus> {
  const month = await ensurePartition(pool);
  return transaction(pool, async (client) => {
    const { tenantId, status, rules } = await lock(client, abTestId);
    if (status !== "draft") return status;
    const { rows: variants } = await client.query<{ variant: number }>(
      "select variant from ab_test_variants where campaign_id = $1 and tenant_id = $2 order by variant",
      [abTestId, tenantId],
    );
    for (const { variant } of variants) {
      const part = bucketsOfVariant(rules.sharePercent, variants.length, variant);
      await addSend(client, {
        abTestId,
        runKey: `variant-${variant}`,
        variant,
        month,
        part,
        andMissed: false,
      });
    }
    await client.query(
      `with begun as (
         update ab_tests set status = 'testing', started_at = now() where campaign_id = $1
       )
       update campaigns set status = 'sending', updated_at = now() where campaign_id = $1 and tenant_id = $2`,
      [abTestId, tenantId],
    );
    return "testing";
  });
}

interface PartSend {
  abTestId: string;
  runKey: string;
  variant: number;
  month: string;
  part: Buckets;
  andMissed: boolean;
}

async function addSend(client: pg.PoolClient, send: PartSend): Promise<void> {
  await client.query(
    `insert into campaign_sends (send_id, tenant_id, campaign_id, run_key, send_month, template_version_id, from_name,
       bucket_from, bucket_to, and_missed)
     select $1, tenant_id, campaign_id, $2, $3, template_version_id, from_name, $4, $5, $6
     from ab_test_variants where campaign_id = $7 and variant = $8`,
    [
      ...[uuidv7(), send.runKey, send.month, send.part.from, send.part.to, send.andMissed],
      ...[send.abTestId, send.variant],
    ],
  );
}

async function openSends(pool: pg.Pool, abTestId: string): Promise<string[]> {
  const { rows } = await pool.query<{ send_id: string }>(
    `select send_id from campaign_sends
     where campaign_id = $1 and status in ('scheduled', 'sending', 'paused', 'cancelling')
     order by created_at, send_id`,
    [abTestId],
  );
  return rows.map((row) => row.send_id);
}

async function endSending(pool: pg.Pool, abTestId: string, nowMs: number): Promise<number> {
  const { rows } = await pool.query<{ decideAtMs: number }>(
    `update ab_tests set tested_at = coalesce(tested_at, to_timestamp($2 / 1000.0)),
       decide_at = coalesce(decide_at, to_timestamp(($2 + (rules ->> 'durationMs')::float8) / 1000.0))
     where campaign_id = $1
     returning (extract(epoch from decide_at) * 1000)::float8 as "decideAtMs"`,
    [abTestId, nowMs],
  );
  if (!rows[0]) throw new NotFound("A/B test", abTestId);
  return rows[0].decideAtMs;
}

async function decide(pool: pg.Pool, abTestId: string, nowMs: number): Promise<Decision> {
  const month = await ensurePartition(pool);
  return transaction(pool, async (client) => {
    const test = await lock(client, abTestId);
    const { rules, status } = test;
    if (status !== "testing") return decided(test);
    const figures = await loadFigures(client, test.tenantId, abTestId);
    const lateMs = Math.max(0, Math.round(nowMs - (test.decideAtMs ?? nowMs)));
    const choice = chooseVariant(rules, figures);
    const isLate = lateMs > rules.lateAfterMs && rules.onLate === "hold";
    const holds = isLate || choice.variant === null || (!choice.clear && rules.onUnclear === "hold");
    if (holds || choice.variant === null) {
      const reason = isLate ? "late" : choice.reason;
      await client.query(
        "update ab_tests set status = 'held', reason = $2, figures = $3, late_ms = $4 where campaign_id = $1",
        [abTestId, reason, JSON.stringify(figures), lateMs],
      );
      return { status: "held", reason };
    }
    const win = { variant: choice.variant, by: "rules", reason: choice.reason, figures, lateMs } as const;
    return settle(client, { abTestId, test, month, win });
  });
}

async function pick(pool: pg.Pool, abTestId: string, variant: number): Promise<Decision> {
  const month = await ensurePartition(pool);
  return transaction(pool, async (client) => {
    const test = await lock(client, abTestId);
    if (test.status !== "testing" && test.status !== "held") return decided(test);
    const figures = await loadFigures(client, test.tenantId, abTestId);
    if (!figures.some((known) => known.variant === variant)) return decided(test);
    const win = { variant, by: "person", reason: "picked", figures, lateMs: 0 } as const;
    return settle(client, { abTestId, test, month, win });
  });
}

/** As it was before: whoever repeats a call whose reply was lost is told the same. */
function decided({ status, reason }: Held): Decision {
  return { status, reason: reason ?? "picked" };
}

interface Win {
  variant: number;
  by: "rules" | "person";
  reason: ChoiceReason;
  figures: VariantFigures[];
  lateMs: number;
}

interface Settling {
  abTestId: string;
  test: Held;
  month: string;
  win: Win;
}

async function settle(client: pg.PoolClient, { abTestId, test, month, win }: Settling): Promise<Decision> {
  const part = bucketsOfRest(test.rules.sharePercent);
  await addSend(client, { abTestId, runKey: "rest", variant: win.variant, month, part, andMissed: true });
  await client.query(
    `update ab_tests set status = 'sending', winner = $2, decided_by = $3, reason = $4, figures = $5, late_ms = $6,
       decided_at = now()
     where campaign_id = $1`,
    [abTestId, win.variant, win.by, win.reason, JSON.stringify(win.figures), win.lateMs],
  );
  return { status: "sending", reason: win.reason };
}

async function setPaused(pool: pg.Pool, abTestId: string, paused: boolean): Promise<void> {
  await pool.query("update ab_tests set paused = $2 where campaign_id = $1", [abTestId, paused]);
}

async function endAbTest(
  pool: pg.Pool,
  abTestId: string,
  status: "completed" | "cancelled",
): Promise<AbTestStatus> {
  return transaction(pool, async (client) => {
    const { tenantId, status: before } = await lock(client, abTestId);
    if (abTestHasEnded(before)) return before;
    await client.query(
      `with ended as (
         update ab_tests set status = $3, paused = false, finished_at = now() where campaign_id = $1
       )
       update campaigns set status = $3, updated_at = now() where campaign_id = $1 and tenant_id = $2`,
      [abTestId, tenantId, status],
    );
    return status;
  });
}
