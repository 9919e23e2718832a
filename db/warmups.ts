import type pg from "pg";
import type { SteerWarmup, WarmupRef, WarmupSteer } from "../activities/warmup-ports.js";
import { Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { positionOf, type WarmupPlan } from "../domain/warmup-curve.js";
import type { WarmupKind, WarmupSubject } from "../domain/warmup-allowance.js";
import type { WarmupStatus } from "../domain/warmup-status.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { asTenant } from "./tenant-pool.js";
import { loadToday, loadUses, type AllowanceUse, type WarmupToday } from "./warmup-today.js";

export interface Warmup extends WarmupSubject {
  warmupId: string;
  /** `*`: of the platform. */
  tenantId: string;
  plan: WarmupPlan;
  status: WarmupStatus;
  /** `health`: by the rules. */
  pausedBy: "person" | "health" | null;
  reason: string | null;
  /** Days along the curve. */
  position: number;
  idleDays: number;
  /** The last day that was planned, and its messages. */
  lastDay: string | null;
  planned: number | null;
  healthPauses: number;
  /** Health's pause ends by itself; null: a person decides. */
  resumeOn: string | null;
  /** What was measured before it is not judged again. */
  judgedFrom: string | null;
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
}

export interface WarmupDay {
  day: string;
  position: number;
  planned: number;
  paused: boolean;
  decision: string;
  reason: string;
  /** Null until the day is over and measured. */
  used: number | null;
  accepted: number | null;
  deferred: number | null;
  bounced: number | null;
  complained: number | null;
  opened: number | null;
  clicked: number | null;
}

export interface NewWarmup extends WarmupSubject {
  warmupId: string;
  tenantId: string;
  plan: WarmupPlan;
}

export interface WarmupQuery {
  tenantId?: string | undefined;
  status?: WarmupStatus | undefined;
  kind?: WarmupKind | undefined;
  before?: string | undefined;
  limit: number;
}

export interface WarmupRows {
  /** @throws NotFound (tenant, node), Conflict when it is warming up already or is another's */
  createWarmup(warmup: NewWarmup): Promise<void>;
  /** @throws NotFound */
  loadWarmup(ref: WarmupRef): Promise<Warmup>;
  /** Newest first; `before` is the last one of the page before. */
  listWarmups(query: WarmupQuery): Promise<Warmup[]>;
  /** Newest first; `before` is the last day of the page before. */
  listDays(warmupId: string, page: { before?: string | undefined; limit: number }): Promise<WarmupDay[]>;
  /** How those that are at work go on that day, by their ids. */
  loadToday(warmups: readonly Warmup[], today: string): Promise<Map<string, WarmupToday>>;
  /** What it allows now, and what of it is used on that day; none once it has ended. */
  loadUses(warmupId: string, today: string): Promise<AllowanceUse[]>;
  steerWarmup: SteerWarmup;
}

/** @param timeZone whose calendar days are planned */
export function createWarmupRows(pool: pg.Pool, timeZone = "UTC"): WarmupRows {
  return {
    createWarmup: (warmup) => createWarmup(pool, warmup),
    loadWarmup: (ref) => loadWarmup(pool, ref),
    listWarmups: (query) => listWarmups(pool, query),
    listDays: (warmupId, page) => listDays(pool, warmupId, page),
    // Of warmups that the asker sees; what they are judged by is no tenant's rows alone, and read as the rules read it.
    loadToday: (warmups, today) => asTenant(null, () => loadToday(pool, warmups, { today, timeZone })),
    loadUses: (warmupId, today) => asTenant(null, () => loadUses(pool, warmupId, today)),
    steerWarmup: (ref, steer) => steerWarmup(pool, ref, steer),
  };
}

export const warmupColumns = `warmup_id as "warmupId", tenant_id as "tenantId", kind, key, plan, status, paused_by as "pausedBy",
  reason, position, idle_days as "idleDays", last_day as "lastDay", planned, health_pauses as "healthPauses",
  resume_on as "resumeOn", judged_from as "judgedFrom", created_at as "createdAt", updated_at as "updatedAt", ended_at as "endedAt"`;

const uniqueViolation = "23505";

async function createWarmup(pool: pg.Pool, warmup: NewWarmup): Promise<void> {
  const { warmupId, tenantId, kind, key, plan } = warmup;
  await transaction(pool, async (client) => {
    if (tenantId !== "*") await requireTenant(client, tenantId);
    await checkSubject(client, warmup);
    try {
      await client.query(
        "insert into warmups (warmup_id, tenant_id, kind, key, plan) values ($1, $2, $3, $4, $5)",
        [warmupId, tenantId, kind, key, JSON.stringify(plan)],
      );
    } catch (error) {
      if ((error as { code?: string }).code !== uniqueViolation) throw error;
      throw new Conflict(`The ${kind} ${key} is warming up already; change its plan, or stop it first.`, {
        kind,
        key,
      });
    }
  });
}

/** An allowance holds back whoever sends: nobody may put one on what is another's. */
async function checkSubject(client: Queryable, { tenantId, kind, key }: NewWarmup): Promise<void> {
  if (kind === "node") {
    const { rows } = await client.query<{ owner: string | null }>(
      "select tenant_id as owner from nodes where node_id = $1 and ($2 = '*' or tenant_id = $2 or tenant_id is null)",
      [key, tenantId],
    );
    if (!rows[0]) throw new NotFound("node", key);
    const owner = rows[0].owner ?? "*";
    if (owner === tenantId) return;
    throw owner === "*"
      ? new Conflict(`The node ${key} is shared; only the platform warms it up.`, { key })
      : new InvalidInput([{ field: "tenantId", problem: `must be ${owner}, whose node ${key} is` }]);
  }
  const domain = kind === "domain" ? key : key.slice(key.lastIndexOf("@") + 1);
  const { rows } = await client.query<{ anothers: boolean }>(
    "select domain_is_anothers($1, $2) as anothers",
    [tenantId, domain],
  );
  if (rows[0]?.anothers)
    throw new Conflict(`The domain ${domain} signs for another tenant; add a DKIM key of your own first.`, {
      domain,
    });
}

async function loadWarmup(db: Queryable, { warmupId, tenantId }: WarmupRef): Promise<Warmup> {
  const { rows } = await db.query<Warmup>(
    `select ${warmupColumns} from warmups where warmup_id = $1 and ($2::text is null or tenant_id = $2)`,
    [warmupId, tenantId ?? null],
  );
  if (!rows[0]) throw new NotFound("warmup", warmupId);
  return rows[0];
}

async function listWarmups(pool: pg.Pool, query: WarmupQuery): Promise<Warmup[]> {
  const { tenantId, status, kind, before, limit } = query;
  const { rows } = await pool.query<Warmup>(
    `select ${warmupColumns} from warmups
     where ($1::text is null or tenant_id = $1) and ($2::text is null or status = $2)
       and ($3::text is null or kind = $3) and ($4::uuid is null or warmup_id < $4)
     order by warmup_id desc limit $5`,
    [tenantId ?? null, status ?? null, kind ?? null, before ?? null, limit],
  );
  return rows;
}

async function listDays(
  pool: pg.Pool,
  warmupId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<WarmupDay[]> {
  const { rows } = await pool.query<WarmupDay>(
    `select day, position, planned, paused, decision, reason, used, accepted, deferred, bounced, complained, opened,
       clicked
     from warmup_days where warmup_id = $1 and ($2::date is null or day < $2) order by day desc limit $3`,
    [warmupId, before ?? null, limit],
  );
  return rows;
}

async function steerWarmup(pool: pg.Pool, ref: WarmupRef, steer: WarmupSteer): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query("select from warmups where warmup_id = $1 for update", [ref.warmupId]);
    const warmup = await loadWarmup(client, ref);
    const { warmupId, status, endedAt, planned } = warmup;
    if (isSo(steer, warmup)) return;
    if (endedAt !== null)
      throw new Conflict(`The warmup ${warmupId} is ${status}; start a new one.`, { warmupId, status });
    switch (steer.kind) {
      case "pause":
        return void (await client.query(pauseText, [warmupId, steer.reason ?? "A person paused it."]));
      case "resume":
        return void (await client.query(resumeText, [warmupId]));
      case "change-plan":
        return void (await client.query(changePlanText, [
          ...[warmupId, JSON.stringify(steer.plan)],
          planned === null ? 0 : positionOf(steer.plan, planned),
        ]));
      case "stop":
        return void (await client.query(stopText, [warmupId]));
    }
  });
}

function isSo({ kind }: WarmupSteer, { status, resumeOn }: Warmup): boolean {
  if (kind === "resume") return status === "active";
  if (kind === "stop") return status === "stopped";
  // A person's pause on top of health's keeps it from going on by itself.
  return kind === "pause" && status === "paused" && resumeOn === null;
}

/** Today's row knows of it, because little of its allowance may be used. */
const pauseText = `
  with day as (
    update warmup_days d set paused = true from warmups w where w.warmup_id = $1 and d.warmup_id = $1 and d.day = w.last_day
  )
  update warmups set status = 'paused', paused_by = coalesce(paused_by, 'person'), reason = $2, resume_on = null,
    updated_at = now()
  where warmup_id = $1`;

/** Health's pause had its reasons: they are not judged a second time. */
const resumeText = `
  update warmups set status = 'active', paused_by = null, resume_on = null, reason = 'A person let it go on.',
    replan = last_day is not null, updated_at = now(),
    judged_from = case when paused_by = 'health' then last_day + 1 else judged_from end
  where warmup_id = $1`;

/** On the new curve it stands where no more is allowed than now. */
const changePlanText = `
  update warmups set plan = $2, position = $3, replan = last_day is not null, updated_at = now()
  where warmup_id = $1`;

const stopText = `
  update warmups set status = 'stopped', paused_by = null, resume_on = null, reason = 'A person stopped it.',
    ended_at = now(), updated_at = now()
  where warmup_id = $1`;
