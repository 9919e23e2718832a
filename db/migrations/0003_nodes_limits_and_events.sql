-- An identity mail leaves from. `provider` 'internal' is one of our own nodes; any other value names an ESP relay.
create table nodes (
  node_id text primary key check (node_id ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  -- Null: every tenant may use it.
  tenant_id text references tenants,
  provider text not null default 'internal',
  host text not null,
  port int not null check (port between 1 and 65535),
  secure boolean not null default false,
  username text,
  password text,
  -- Domain of the envelope sender (VERP); null: the domain of the From address.
  return_path_domain text,
  weight int not null default 1 check (weight > 0),
  max_connections int not null default 10 check (max_connections > 0),
  max_messages_per_connection int not null default 1000 check (max_messages_per_connection > 0),
  status text not null default 'active' check (status in ('active', 'paused')),
  created_at timestamptz not null default now()
);

create table limits (
  scope text not null check (scope in ('tenant', 'node', 'mailbox-provider')),
  key text not null,
  per_second double precision check (per_second > 0),
  burst int check (burst > 0),
  per_day int check (per_day > 0),
  concurrency int check (concurrency > 0),
  updated_at timestamptz not null default now(),
  primary key (scope, key),
  check (num_nonnulls(per_second, burst, per_day, concurrency) > 0)
);

create table dkim_keys (
  tenant_id text not null references tenants,
  domain text not null,
  selector text not null,
  algorithm text not null check (algorithm in ('rsa-sha256', 'ed25519-sha256')),
  private_key text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, domain, selector)
);

-- What recipients did: raw events, one row each.
create table email_events (
  event_id bigint generated always as identity primary key,
  tenant_id text not null,
  send_id uuid not null,
  contact_id bigint not null,
  kind text not null check (kind in ('open', 'click', 'unsubscribe', 'bounce', 'complaint')),
  link int,
  url text,
  user_agent text,
  occurred_at timestamptz not null default now()
);
create index email_events_send on email_events (send_id, kind, event_id);
create index email_events_tenant on email_events (tenant_id, event_id);

-- First open and first click of a recipient: what unique counts count.
create table email_engagements (
  send_id uuid not null,
  contact_id bigint not null,
  kind text not null,
  first_at timestamptz not null,
  primary key (send_id, contact_id, kind)
);

-- Counts of a send: recipients at the finish, engagement as it comes.
create table campaign_analytics (
  send_id uuid primary key,
  tenant_id text not null,
  recipients bigint not null default 0,
  sent bigint not null default 0,
  bounced bigint not null default 0,
  dead bigint not null default 0,
  suppressed bigint not null default 0,
  cancelled bigint not null default 0,
  unknown bigint not null default 0,
  possible_duplicates bigint not null default 0,
  opens bigint not null default 0,
  unique_opens bigint not null default 0,
  clicks bigint not null default 0,
  unique_clicks bigint not null default 0,
  unsubscribes bigint not null default 0,
  updated_at timestamptz not null default now()
);
