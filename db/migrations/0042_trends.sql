-- Each start of a worker process: it writes here every few seconds for as long as it lives.
create table worker_processes (
  worker_id uuid primary key,
  role text not null,
  -- As Temporal shows whoever polls.
  identity text not null,
  host text not null,
  pid int not null,
  version text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  -- Null: it was not ended in order.
  stopped_at timestamptz,
  -- Share of what it may use, 0 to 1.
  memory double precision not null,
  rss_bytes bigint not null,
  -- [{"queue": …, "slots": 4, "active": 1}]
  queues jsonb not null
);
create index worker_processes_seen on worker_processes (seen_at);

-- Adds up counts by position.
create function add_counts(bigint[], bigint[]) returns bigint[] language sql immutable as $$
  select coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) order by n), '{}') from unnest($1, $2) with ordinality as t (a, b, n)
$$;
create aggregate sum_counts(bigint[]) (sfunc = add_counts, stype = bigint[], initcond = '{}');

-- What one process did on one queue in one minute, written anew as it grows. Folded: the series have it as it stands here.
create table work_minutes (
  minute timestamptz not null,
  worker_id uuid not null,
  queue text not null,
  completed bigint not null,
  failed bigint not null,
  busy_ms bigint not null,
  -- Attempts by duration, see domain/durations.
  durations bigint[] not null,
  is_folded boolean not null default false,
  primary key (minute, worker_id, queue)
);
create index work_minutes_waiting on work_minutes (minute) where not is_folded;

-- What one process sent for one tenant in one minute: recipients of mail by lane and status, requests to webhooks by outcome.
create table throughput_minutes (
  minute timestamptz not null,
  worker_id uuid not null,
  tenant_id text not null,
  what text not null check (what in ('email', 'webhook')),
  -- '' for webhooks.
  lane text not null,
  outcome text not null,
  count bigint not null,
  is_folded boolean not null default false,
  primary key (minute, worker_id, tenant_id, what, lane, outcome)
);
create index throughput_minutes_waiting on throughput_minutes (minute) where not is_folded;
-- What came of work is no tenant's to change, and minutes of processes are nobody's but the platform's.
create policy own_tenant on throughput_minutes to floe_tenant using (tenant_sees(null));

-- Queues over time, by minute, hour and day. Sums of so many samples, so that means of hours come from those of minutes; no
-- samples: nobody looked then.
create table queue_series (
  resolution text not null check (resolution in ('minute', 'hour', 'day')),
  queue text not null,
  kind text not null check (kind in ('activity', 'workflow')),
  at timestamptz not null,
  samples int not null default 0,
  waiting bigint not null default 0,
  active bigint not null default 0,
  delayed bigint not null default 0,
  dead bigint not null default 0,
  most_waiting bigint not null default 0,
  oldest_ms bigint not null default 0,
  -- Jobs that ended in that time.
  completed bigint not null default 0,
  failed bigint not null default 0,
  busy_ms bigint not null default 0,
  durations bigint[] not null default '{}',
  primary key (resolution, queue, kind, at)
);
create index queue_series_at on queue_series (resolution, at);

-- What left over time, by tenant; '*' is everybody together.
create table throughput_series (
  resolution text not null check (resolution in ('minute', 'hour', 'day')),
  tenant_id text not null,
  at timestamptz not null,
  what text not null,
  lane text not null,
  outcome text not null,
  count bigint not null,
  primary key (resolution, tenant_id, at, what, lane, outcome)
);
create index throughput_series_at on throughput_series (resolution, at);

-- Samples taken so far are kept.
insert into queue_series (resolution, queue, kind, at, samples, waiting, most_waiting, oldest_ms)
select 'minute', queue, kind, date_trunc('minute', sampled_at, 'UTC'), count(*), sum(backlog), max(backlog), max(backlog_age_ms)
from queue_samples group by 2, 3, 4;
insert into queue_series (resolution, queue, kind, at, samples, waiting, most_waiting, oldest_ms)
select r.resolution, s.queue, s.kind, date_trunc(r.resolution, s.at, 'UTC'), sum(s.samples), sum(s.waiting), max(s.most_waiting),
  max(s.oldest_ms)
from queue_series s cross join (values ('hour'), ('day')) as r (resolution) where s.resolution = 'minute' group by 1, 2, 3, 4;
drop table queue_samples;
