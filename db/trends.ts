import type pg from "pg";
import type { Resolution } from "../domain/trends.js";

export interface TrendRange {
  from: Date;
  to: Date;
  resolution: Resolution;
}

/** One queue in one span of time. Null: nobody looked then. */
export interface QueuePoint {
  queue: string;
  kind: "activity" | "workflow";
  at: Date;
  /** Means of the span's samples. */
  waiting: number | null;
  active: number | null;
  delayed: number | null;
  dead: number | null;
  /** The most and the longest that any sample saw. */
  mostWaiting: number | null;
  oldestMs: number | null;
  /** Jobs that ended in it, and how long they took. */
  completed: number;
  failed: number;
  busyMs: number;
  durations: number[];
}

/** What left in one span of time. */
export interface ThroughputPoint {
  at: Date;
  what: "email" | "webhook";
  /** Empty for webhooks. */
  lane: string;
  outcome: string;
  count: number;
}

export interface TrendStore {
  listQueuePoints(range: TrendRange & { queue: string | null }): Promise<QueuePoint[]>;
  /** @param tenantId null: everybody together */
  listThroughput(range: TrendRange & { tenantId: string | null }): Promise<ThroughputPoint[]>;
}

export function createTrendStore(pool: pg.Pool): TrendStore {
  return {
    async listQueuePoints({ from, to, resolution, queue }) {
      const { rows } = await pool.query<QueuePoint>(
        `select queue, kind, at, waiting::float8 / nullif(samples, 0) as waiting, active::float8 / nullif(samples, 0) as active,
           delayed::float8 / nullif(samples, 0) as delayed, dead::float8 / nullif(samples, 0) as dead,
           case when samples > 0 then most_waiting::float8 end as "mostWaiting",
           case when samples > 0 then oldest_ms::float8 end as "oldestMs",
           completed::float8 as completed, failed::float8 as failed, busy_ms::float8 as "busyMs",
           durations::float8[] as durations
         from queue_series
         where resolution = $1 and at >= date_trunc($1, $2::timestamptz, 'UTC') and at < $3 and ($4::text is null or queue = $4)
         order by queue, kind, at`,
        [resolution, from, to, queue],
      );
      return rows;
    },
    async listThroughput({ from, to, resolution, tenantId }) {
      const { rows } = await pool.query<ThroughputPoint>(
        `select at, what, lane, outcome, count::float8 as count
         from throughput_series
         where resolution = $1 and tenant_id = $2 and at >= date_trunc($1, $3::timestamptz, 'UTC') and at < $4
         order by at, what, lane, outcome`,
        [resolution, tenantId ?? "*", from, to],
      );
      return rows;
    },
  };
}
