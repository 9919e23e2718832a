-- Where a tenant wants to be told of events.
create table webhook_endpoints (
  webhook_id uuid primary key,
  tenant_id text not null references tenants,
  url text not null,
  description text not null default '',
  -- Null: every type.
  event_types text[],
  status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
  disabled_reason text check ((status = 'disabled') = (disabled_reason is not null)),
  secret text not null,
  -- Signs too until then, so that a receiver may change over at any time of a rotation.
  previous_secret text,
  previous_secret_until timestamptz,
  max_attempts int not null check (max_attempts between 1 and 100),
  retry_base_ms bigint not null check (retry_base_ms > 0),
  retry_cap_ms bigint not null check (retry_cap_ms >= retry_base_ms),
  timeout_ms int not null check (timeout_ms between 1000 and 60000),
  -- Requests; null: as fast as `concurrency` lets them.
  per_second double precision check (per_second > 0),
  concurrency int not null check (concurrency between 1 and 100),
  -- Events of one key one after the other, in their order.
  fifo boolean not null default false,
  -- Its requests are made by workers of this region; null: by any.
  region text check (region ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  allow_private boolean not null default false,
  -- In a row, since a success.
  failures int not null default 0,
  failing_since timestamptz,
  -- Nothing is sent before then: the breaker is open, or the receiver asked to wait.
  blocked_until timestamptz,
  -- An activity serves it until then, and renews it; whoever finds it past wakes the workflow.
  served_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- Lists, and whether a tenant wants to be told of a type.
create index webhook_endpoints_tenant on webhook_endpoints (tenant_id, created_at desc, webhook_id);

-- The outbox: written in the transaction that made it true. Everything else carries its id; large data stands apart (TOAST).
create table webhook_events (
  event_id bigint generated always as identity primary key,
  tenant_id text not null,
  type text not null,
  version smallint not null default 1,
  data jsonb not null,
  -- What it is about: FIFO endpoints keep the order of events of one key.
  key text,
  dedup_key text,
  -- 1 goes first, 5 last.
  priority smallint not null default 3 check (priority between 1 and 5),
  deliver_after timestamptz,
  -- Not of the transaction's begin: what is measured is how soon it is told.
  created_at timestamptz not null default clock_timestamp(),
  relayed_at timestamptz
);
-- What the relay takes next.
create index webhook_events_waiting on webhook_events (event_id) where relayed_at is null;
create index webhook_events_tenant on webhook_events (tenant_id, event_id);
create index webhook_events_dedup on webhook_events (tenant_id, dedup_key, created_at) where dedup_key is not null;

-- One event for one endpoint.
create table webhook_deliveries (
  delivery_id bigint generated always as identity primary key,
  -- `webhook-id` of its requests: the same for every attempt and replay.
  message_id uuid not null default gen_random_uuid(),
  event_id bigint not null references webhook_events on delete cascade,
  webhook_id uuid not null references webhook_endpoints on delete cascade,
  tenant_id text not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'dead', 'cancelled')),
  key text,
  priority smallint not null,
  attempts smallint not null default 0,
  -- While an attempt is under way: when it counts as lost.
  next_attempt_at timestamptz not null,
  -- Of the last attempt.
  response_status smallint,
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (event_id, webhook_id)
);
-- What an endpoint is sent next.
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where status = 'pending';
-- Whether an earlier one of the same key is still open.
create index webhook_deliveries_key on webhook_deliveries (webhook_id, key, delivery_id) where status = 'pending' and key is not null;
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, delivery_id);

-- Each request: written before it leaves, completed by what came of it. One without an outcome was lost by a crash.
create table webhook_attempts (
  delivery_id bigint not null references webhook_deliveries on delete cascade,
  attempt smallint not null,
  started_at timestamptz not null default clock_timestamp(),
  duration_ms int,
  -- `answered`, or why there was no answer.
  outcome text,
  response_status smallint,
  -- The beginning of the answer's text.
  response text,
  error text,
  primary key (delivery_id, attempt)
);

-- Whether any endpoint of the tenant wants to be told. One that is paused or disabled keeps its events.
create function webhook_wants(tenant text, event_type text) returns boolean language sql stable as $$
  select exists (
    select from webhook_endpoints
    where tenant_id = tenant and (event_types is null or event_type = any (event_types)))
$$;

-- Of these types, those that somebody wants to be told of.
create function webhook_types_wanted(tenant text, types text[]) returns text[] language sql stable as $$
  select coalesce(array_agg(t), '{}') from unnest(types) as t where webhook_wants(tenant, t)
$$;

-- One event, when somebody wants to be told of it.
create function tell_webhooks(tenant text, event_type text, subject text, event_data jsonb) returns void language sql as $$
  insert into webhook_events (tenant_id, type, key, data)
  select tenant, event_type, subject, event_data where webhook_wants(tenant, event_type)
$$;
