import type pg from "pg";
import type { QueueSample } from "../activities/recurring-ports.js";
import { transaction } from "./pool.js";

/**
 * Writes a sample (null: none was taken), and brings into the series what processes have counted since. Repeating it changes
 * nothing: rows are written anew from what lies below them, minutes from processes, hours from minutes, days from hours.
 */
export async function recordSeries(
  pool: pg.Pool,
  sampledAt: Date,
  samples: readonly QueueSample[] | null,
): Promise<void> {
  await transaction(pool, async (client) => {
    // Two at once would each miss what the other writes.
    await client.query("select pg_advisory_xact_lock(hashtext('floe.series'))");
    if (samples) await writeSamples(client, sampledAt, samples);
    const worked = await foldJobs(client);
    const left = await foldThroughput(client);
    await rollUpQueues(client, samples ? [...worked, sampledAt] : worked);
    await rollUpThroughput(client, left);
  });
}

async function writeSamples(
  client: pg.ClientBase,
  sampledAt: Date,
  samples: readonly QueueSample[],
): Promise<void> {
  await client.query(
    `insert into queue_series (resolution, queue, kind, at, samples, waiting, active, delayed, dead, most_waiting, oldest_ms)
     select 'minute', queue, kind, date_trunc('minute', $1::timestamptz, 'UTC'), 1, waiting, active, delayed, dead, waiting,
       oldest_ms
     from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
       as s (queue, kind, waiting, active, delayed, dead, oldest_ms)
     on conflict (resolution, queue, kind, at) do update set samples = 1, waiting = excluded.waiting,
       active = excluded.active, delayed = excluded.delayed, dead = excluded.dead, most_waiting = excluded.most_waiting,
       oldest_ms = excluded.oldest_ms
     where queue_series.samples = 0`,
    [
      sampledAt,
      samples.map(({ queue }) => queue),
      samples.map(({ kind }) => kind),
      samples.map(({ waiting }) => waiting),
      samples.map(({ active }) => active),
      samples.map(({ delayed }) => delayed),
      samples.map(({ dead }) => dead),
      samples.map(({ oldestMs }) => Math.round(oldestMs)),
    ],
  );
}

interface Folded {
  minute: Date;
}

/** @returns the minutes that changed */
async function foldJobs(client: pg.ClientBase): Promise<Date[]> {
  const { rows } = await client.query<Folded>(
    `with news as (update work_minutes set is_folded = true where not is_folded returning minute)
     select distinct minute from news`,
  );
  const minutes = rows.map(({ minute }) => minute);
  await client.query(
    `insert into queue_series (resolution, queue, kind, at, completed, failed, busy_ms, durations)
     select 'minute', queue, 'activity', minute, sum(completed), sum(failed), sum(busy_ms), sum_counts(durations)
     from work_minutes where minute = any ($1::timestamptz[]) group by queue, minute
     on conflict (resolution, queue, kind, at) do update set completed = excluded.completed, failed = excluded.failed,
       busy_ms = excluded.busy_ms, durations = excluded.durations`,
    [minutes],
  );
  return minutes;
}

async function foldThroughput(client: pg.ClientBase): Promise<Date[]> {
  const { rows } = await client.query<Folded>(
    `with news as (update throughput_minutes set is_folded = true where not is_folded returning minute)
     select distinct minute from news`,
  );
  const minutes = rows.map(({ minute }) => minute);
  await client.query(
    `insert into throughput_series (resolution, tenant_id, at, what, lane, outcome, count)
     select 'minute', coalesce(tenant_id, '*'), minute, what, lane, outcome, sum(count)
     from throughput_minutes where minute = any ($1::timestamptz[])
     group by grouping sets ((tenant_id, minute, what, lane, outcome), (minute, what, lane, outcome))
     on conflict (resolution, tenant_id, at, what, lane, outcome) do update set count = excluded.count`,
    [minutes],
  );
  return minutes;
}

/** From, to, and how long that is: a day has 24 hours, whatever zone the session is in. */
const steps = [
  ["minute", "hour", "1 hour"],
  ["hour", "day", "24 hours"],
] as const;

async function rollUpQueues(client: pg.ClientBase, minutes: readonly Date[]): Promise<void> {
  for (const [from, to, span] of steps) {
    await client.query(
      `insert into queue_series (resolution, queue, kind, at, samples, waiting, active, delayed, dead, most_waiting,
         oldest_ms, completed, failed, busy_ms, durations)
       select $2, s.queue, s.kind, changed.at, sum(samples), sum(waiting), sum(active), sum(delayed), sum(dead),
         max(most_waiting), max(oldest_ms), sum(completed), sum(failed), sum(busy_ms), sum_counts(durations)
       from (select distinct date_trunc($2, m, 'UTC') as at from unnest($3::timestamptz[]) m) changed
       join queue_series s on s.resolution = $1 and s.at >= changed.at and s.at < changed.at + $4::interval
       group by s.queue, s.kind, changed.at
       on conflict (resolution, queue, kind, at) do update set samples = excluded.samples, waiting = excluded.waiting,
         active = excluded.active, delayed = excluded.delayed, dead = excluded.dead, most_waiting = excluded.most_waiting,
         oldest_ms = excluded.oldest_ms, completed = excluded.completed, failed = excluded.failed,
         busy_ms = excluded.busy_ms, durations = excluded.durations`,
      [from, to, minutes, span],
    );
  }
}

async function rollUpThroughput(client: pg.ClientBase, minutes: readonly Date[]): Promise<void> {
  for (const [from, to, span] of steps) {
    await client.query(
      `insert into throughput_series (resolution, tenant_id, at, what, lane, outcome, count)
       select $2, s.tenant_id, changed.at, s.what, s.lane, s.outcome, sum(s.count)
       from (select distinct date_trunc($2, m, 'UTC') as at from unnest($3::timestamptz[]) m) changed
       join throughput_series s on s.resolution = $1 and s.at >= changed.at and s.at < changed.at + $4::interval
       group by s.tenant_id, changed.at, s.what, s.lane, s.outcome
       on conflict (resolution, tenant_id, at, what, lane, outcome) do update set count = excluded.count`,
      [from, to, minutes, span],
    );
  }
}
