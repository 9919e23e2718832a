import type pg from "pg";
import { workerLostAfterMs } from "../domain/trends.js";
import type { WorkerBeat } from "./worker-beats.js";

/** A worker process as it last told of itself. */
export interface WorkerRow extends Omit<WorkerBeat, "stopping"> {
  seenAt: Date;
  stoppedAt: Date | null;
  /** Jobs that ended within the last ten minutes. */
  completed: number;
  failed: number;
}

/** Those seen within a day, the newest first. */
export async function listWorkers(pool: pg.Pool): Promise<WorkerRow[]> {
  const { rows } = await pool.query<WorkerRow>(
    `select p.worker_id as "workerId", role, identity, host, pid, version, started_at as "startedAt", seen_at as "seenAt",
       stopped_at as "stoppedAt", memory, rss_bytes::float8 as "rssBytes", queues, coalesce(w.completed, 0) as completed,
       coalesce(w.failed, 0) as failed
     from worker_processes p
     left join (
       select worker_id, sum(completed)::float8 as completed, sum(failed)::float8 as failed
       from work_minutes where minute > now() - interval '10 minutes' group by 1
     ) w on w.worker_id = p.worker_id
     where seen_at > now() - interval '1 day'
     order by started_at desc, p.worker_id limit 1000`,
  );
  return rows;
}

/** Slots at work, by queue, of processes that live. */
export async function countActive(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ queue: string; active: number }>(
    `select q.queue, sum(q.active)::float8 as active
     from worker_processes p cross join lateral jsonb_to_recordset(p.queues) as q (queue text, active int)
     where p.stopped_at is null and p.seen_at > now() - $1 * interval '1 millisecond' group by 1`,
    [workerLostAfterMs],
  );
  return new Map(rows.map(({ queue, active }) => [queue, active]));
}
