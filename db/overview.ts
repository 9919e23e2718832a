import type pg from "pg";

/** Jobs of one queue that ended within the last ten minutes. */
export interface RecentWork {
  queue: string;
  completed: number;
  failed: number;
  busyMs: number;
  durations: number[];
}

/** What left within an hour, as far as processes have told. */
export interface RecentThroughput {
  what: "email" | "webhook";
  lane: string;
  outcome: string;
  count: number;
}

export interface RunningSend {
  sendId: string;
  tenantId: string;
}

export async function loadRecentWork(pool: pg.Pool): Promise<RecentWork[]> {
  const { rows } = await pool.query<RecentWork>(
    `select queue, sum(completed)::float8 as completed, sum(failed)::float8 as failed, sum(busy_ms)::float8 as "busyMs",
       sum_counts(durations)::float8[] as durations
     from work_minutes where minute > now() - interval '10 minutes' group by queue`,
  );
  return rows;
}

/** @param tenantId null: of everybody together */
export async function loadRecentThroughput(
  pool: pg.Pool,
  tenantId: string | null,
): Promise<RecentThroughput[]> {
  const { rows } = await pool.query<RecentThroughput>(
    `select what, lane, outcome, sum(count)::float8 as count from throughput_series
     where resolution = 'minute' and tenant_id = $1 and at > now() - interval '1 hour'
     group by what, lane, outcome order by what, lane, outcome`,
    [tenantId ?? "*"],
  );
  return rows;
}

/** Sends under way, the newest first: those that limits may hold back. */
export async function listRunningSends(
  pool: pg.Pool,
  tenantId: string | null,
  limit: number,
): Promise<RunningSend[]> {
  const { rows } = await pool.query<RunningSend>(
    `select send_id as "sendId", tenant_id as "tenantId" from campaign_sends
     where status = 'sending' and ($1::text is null or tenant_id = $1) order by send_id desc limit $2`,
    [tenantId, limit],
  );
  return rows;
}

/** When the sampler last wrote; null: never. */
export async function loadSampledAt(pool: pg.Pool): Promise<Date | null> {
  const { rows } = await pool.query<{ at: Date | null }>(
    "select max(at) as at from queue_series where resolution = 'minute' and samples > 0",
  );
  return rows[0]?.at ?? null;
}
