import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { WarmupOutlook } from "../../activities/warmup-ports.js";
import { createWarmupRows, type NewWarmup } from "../../db/warmups.js";
import type { WarmupPlan } from "../../domain/warmup-curve.js";
import { planNamed } from "./arbitraries.js";

export interface MeasuredDay {
  nodeId: string;
  day: string;
  accepted?: number;
  deferred?: number;
  bounced?: number;
  complained?: number;
}

/** What became of mail on some days, as deliveries record it. */
export async function measure(pool: pg.Pool, days: readonly MeasuredDay[]): Promise<void> {
  await pool.query(
    `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, deferred,
       bounced, complained)
     select (day + time '12:00') at time zone 'UTC', gen_random_uuid(), '*', node_id, 'example.com', 'gmail', accepted, deferred, bounced, complained
     from unnest($1::text[], $2::date[], $3::int[], $4::int[], $5::int[], $6::int[])
       as d (node_id, day, accepted, deferred, bounced, complained)`,
    [
      days.map(({ nodeId }) => nodeId),
      days.map(({ day }) => day),
      days.map(({ accepted = 0 }) => accepted),
      days.map(({ deferred = 0 }) => deferred),
      days.map(({ bounced = 0 }) => bounced),
      days.map(({ complained = 0 }) => complained),
    ],
  );
}

/** A node of nobody's own, and its warmup. */
export async function createNodeWarmup(
  pool: pg.Pool,
  nodeId: string,
  { preset = "conservative", over }: { preset?: string; over?: Partial<WarmupPlan> } = {},
): Promise<NewWarmup> {
  await pool.query("insert into nodes (node_id, host, port) values ($1, '127.0.0.1', 25)", [nodeId]);
  const warmup: NewWarmup = {
    warmupId: uuidv7(),
    tenantId: "*",
    kind: "node",
    key: nodeId,
    plan: planNamed(preset, over),
  };
  await createWarmupRows(pool).createWarmup(warmup);
  return warmup;
}

/** Keys, and messages a day and an hour. */
export async function allowancesOf(pool: pg.Pool, { warmupId }: { warmupId: string }): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select key || ' ' || per_day || ' ' || per_hour as text from warmup_allowances where warmup_id = $1 order by key`,
    [warmupId],
  );
  return rows.map(({ text }) => text);
}

export function only(outlooks: readonly WarmupOutlook[]): WarmupOutlook {
  const [outlook] = outlooks;
  if (!outlook) throw new Error("Nothing was planned.");
  return outlook;
}
