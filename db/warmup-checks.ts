import type pg from "pg";
import type { WarmupChecks, WarmupPage } from "../activities/warmup-ports.js";
import { addDays, dayOf } from "../domain/warmup-clock.js";
import { healthWindowDays } from "../domain/receiver-rates.js";
import { stopNow, type NextDay } from "../domain/warmup-next.js";
import { allowanceKey } from "../domain/warmup-allowance.js";
import { transaction, type Queryable } from "./pool.js";
import { loadDayFacts } from "./warmup-facts.js";
import { progressOf, progressText, type ProgressRow } from "./warmup-progress.js";

interface Page {
  after: string | null;
  limit: number;
  nowMs: number;
}

/** @param timeZone whose calendar days are planned */
export function createWarmupChecks(pool: pg.Pool, timeZone: string): WarmupChecks {
  return {
    findUnplanned: (page) => findUnplanned(pool, page, timeZone),
    pauseUnhealthy: (page) => pauseUnhealthy(pool, page, timeZone),
  };
}

/** Also those whose day was changed and whose workflow did not hear of it. */
async function findUnplanned(
  pool: pg.Pool,
  { after, limit, nowMs }: Page,
  timeZone: string,
): Promise<WarmupPage> {
  const { rows } = await pool.query<WarmupPage["warmups"][number]>(
    `select warmup_id as "warmupId", tenant_id as "tenantId", kind, key from warmups
     where ended_at is null and ($1::uuid is null or warmup_id > $1) and (last_day is null or last_day < $2 or replan)
     order by warmup_id limit $3`,
    [after, dayOf(nowMs, timeZone), limit],
  );
  return { warmups: rows, next: rows.length < limit ? null : (rows.at(-1)?.warmupId ?? null) };
}

/** Of a page of those that are at work, today's mail included. */
async function pauseUnhealthy(
  pool: pg.Pool,
  { after, limit, nowMs }: Page,
  timeZone: string,
): Promise<WarmupPage & { checked: number }> {
  const today = dayOf(nowMs, timeZone);
  return transaction(pool, async (client) => {
    const { rows: ids } = await client.query<{ warmupId: string }>(
      `select warmup_id as "warmupId" from warmups
       where ended_at is null and status = 'active' and ($1::uuid is null or warmup_id > $1)
       order by warmup_id limit $2`,
      [after, limit],
    );
    const { rows } = await client.query<ProgressRow>(progressText, [ids.map(({ warmupId }) => warmupId)]);
    const facts = await loadDayFacts(client, rows, {
      from: addDays(today, 1 - healthWindowDays),
      until: today,
      timeZone,
    });
    const stopped = rows.flatMap((row) => {
      const next = stopNow(progressOf(row), facts.get(allowanceKey(row)) ?? [], today);
      return next ? [{ row, next }] : [];
    });
    await writeStopped(client, stopped);
    const next = ids.length < limit ? null : (ids.at(-1)?.warmupId ?? null);
    return { checked: rows.length, warmups: stopped.map(({ row }) => row).map(toLabel), next };
  });
}

function toLabel({ warmupId, tenantId, kind, key }: ProgressRow): WarmupPage["warmups"][number] {
  return { warmupId, tenantId, kind, key };
}

async function writeStopped(
  db: Queryable,
  stopped: readonly { row: ProgressRow; next: NextDay }[],
): Promise<void> {
  await db.query(
    `with stopped as (
       select * from unnest($1::uuid[], $2::float8[], $3::date[], $4::int[], $5::text[])
         as s (warmup_id, position, resume_on, health_pauses, reason)
     ), days as (
       update warmup_days d set paused = true from stopped s join warmups w on w.warmup_id = s.warmup_id
       where d.warmup_id = s.warmup_id and d.day = w.last_day
     )
     update warmups w set status = 'paused', paused_by = 'health', replan = last_day is not null, position = s.position,
       resume_on = s.resume_on, health_pauses = s.health_pauses, reason = s.reason, updated_at = now()
     from stopped s where w.warmup_id = s.warmup_id and w.status = 'active'`,
    [
      stopped.map(({ row }) => row.warmupId),
      stopped.map(({ next }) => next.position),
      stopped.map(({ next }) => next.resumeOn),
      stopped.map(({ next }) => next.healthPauses),
      stopped.map(({ next }) => next.reason),
    ],
  );
}
