-- One action on many jobs, carried out at a rate.
create table job_bulks (
  bulk_id uuid primary key,
  tenant_id text not null references tenants,
  action text not null check (action in ('retry', 'cancel', 'remove')),
  -- What was asked for; what it came to then are its items.
  filter jsonb not null,
  status text not null default 'running' check (status in ('running', 'paused', 'completed', 'cancelled')),
  per_second double precision not null check (per_second > 0),
  items int not null default 0,
  done int not null default 0,
  refused int not null default 0,
  -- In whose name each job is acted upon, and why.
  actor text not null,
  reason text,
  created_at timestamptz not null default now(),
  -- Of its last page.
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);
-- Lists, newest first (ids grow with time).
create index job_bulks_tenant on job_bulks (tenant_id, bulk_id desc);
-- What cleanup, and the look for lost workflows, ask.
create index job_bulks_finished on job_bulks (finished_at);

-- A fixed snapshot: jobs that come later are not of it.
create table job_bulk_items (
  bulk_id uuid not null references job_bulks on delete cascade,
  -- In the order of the list.
  item_no int not null,
  tenant_id text not null,
  kind text not null,
  job_id text not null,
  -- `applied`: stands so in Postgres, and its workflow may not have been told yet.
  state text not null default 'waiting' check (state in ('waiting', 'applied', 'done', 'refused', 'cancelled')),
  -- Why it was refused.
  reason text,
  primary key (bulk_id, item_no)
);
-- What the next page holds, and what a process that died has left untold.
create index job_bulk_items_open on job_bulk_items (bulk_id, state, item_no) where state in ('waiting', 'applied');
