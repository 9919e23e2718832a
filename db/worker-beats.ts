import type pg from "pg";

/** What a worker process says of itself. */
export interface WorkerBeat {
  workerId: string;
  role: string;
  identity: string;
  host: string;
  pid: number;
  version: string;
  startedAt: Date;
  /** Share of what it may use, 0 to 1. */
  memory: number;
  rssBytes: number;
  queues: WorkerQueue[];
  /** True: it ends in order. */
  stopping: boolean;
}

export interface WorkerQueue {
  queue: string;
  slots: number;
  active: number;
}

/** Jobs that ended on one queue in one minute. */
export interface JobMinute {
  minute: Date;
  queue: string;
  completed: number;
  failed: number;
  busyMs: number;
  /** By class, see `domain/durations`. */
  durations: number[];
}

/** What left for one tenant in one minute. */
export interface ThroughputMinute {
  minute: Date;
  tenantId: string;
  what: "email" | "webhook";
  /** Empty for webhooks. */
  lane: string;
  /** A recipient's status, or a webhook's answer such as `2xx`. */
  outcome: string;
  count: number;
}

export interface WorkNews {
  jobs: readonly JobMinute[];
  throughput: readonly ThroughputMinute[];
}

/** The process lives, and did this; minutes are written as they stand now, so that a repeat changes nothing. */
export async function recordBeat(
  pool: pg.Pool,
  beat: WorkerBeat,
  { jobs, throughput }: WorkNews,
): Promise<void> {
  await pool.query(
    `with process as (
       insert into worker_processes (worker_id, role, identity, host, pid, version, started_at, seen_at, stopped_at, memory,
         rss_bytes, queues)
       values ($1::uuid, $2, $3, $4, $5, $6, $7, now(), case when $8 then now() end, $9, $10, $11)
       on conflict (worker_id) do update set seen_at = now(), stopped_at = excluded.stopped_at, memory = excluded.memory,
         rss_bytes = excluded.rss_bytes, queues = excluded.queues
     ), jobs as (
       insert into work_minutes (minute, worker_id, queue, completed, failed, busy_ms, durations)
       select minute, $1::uuid, queue, completed, failed, busy_ms, durations::bigint[]
       from unnest($12::timestamptz[], $13::text[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[])
         as j (minute, queue, completed, failed, busy_ms, durations)
       on conflict (minute, worker_id, queue) do update set completed = excluded.completed, failed = excluded.failed,
         busy_ms = excluded.busy_ms, durations = excluded.durations, is_folded = false
     )
     insert into throughput_minutes (minute, worker_id, tenant_id, what, lane, outcome, count)
     select minute, $1::uuid, tenant_id, what, lane, outcome, count
     from unnest($18::timestamptz[], $19::text[], $20::text[], $21::text[], $22::text[], $23::bigint[])
       as t (minute, tenant_id, what, lane, outcome, count)
     on conflict (minute, worker_id, tenant_id, what, lane, outcome) do update set count = excluded.count, is_folded = false`,
    [
      ...[
        beat.workerId,
        beat.role,
        beat.identity,
        beat.host,
        beat.pid,
        beat.version,
        beat.startedAt,
        beat.stopping,
      ],
      ...[beat.memory, beat.rssBytes, JSON.stringify(beat.queues)],
      jobs.map(({ minute }) => minute),
      jobs.map(({ queue }) => queue),
      jobs.map(({ completed }) => completed),
      jobs.map(({ failed }) => failed),
      jobs.map(({ busyMs }) => Math.round(busyMs)),
      jobs.map(({ durations }) => `{${durations.join(",")}}`),
      throughput.map(({ minute }) => minute),
      throughput.map(({ tenantId }) => tenantId),
      throughput.map(({ what }) => what),
      throughput.map(({ lane }) => lane),
      throughput.map(({ outcome }) => outcome),
      throughput.map(({ count }) => count),
    ],
  );
}
