-- A saved version of a graph never changes; a new one of the same name is the next version.
create table job_graphs (
  graph_id uuid primary key,
  tenant_id text not null references tenants,
  name text not null,
  version int not null,
  definition jsonb not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, name, version)
);

create table job_graph_runs (
  run_id uuid primary key,
  graph_id uuid not null references job_graphs,
  tenant_id text not null,
  -- Names the run: a second start with the same key is the same run.
  run_key text not null,
  status text not null default 'running' check (status in ('running', 'completed', 'failed', 'cancelled')),
  resumed_from uuid references job_graph_runs,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (graph_id, run_key)
);
-- Lists of a tenant's runs, newest first (run ids grow with time).
create index job_graph_runs_tenant on job_graph_runs (tenant_id, run_id desc);

-- One row a job of a run: what became of it.
create table job_graph_jobs (
  run_id uuid not null references job_graph_runs,
  job text not null,
  -- Place in the definition.
  ordinal int not null,
  state text not null default 'waiting'
    check (state in ('waiting', 'running', 'succeeded', 'failed', 'skipped', 'blocked', 'cancelled')),
  attempts smallint not null default 0,
  -- The send, email or import that does the work; a further attempt and a resumed run go on with it.
  work_id uuid,
  -- Ids and counts, never an address.
  result jsonb not null default '{}',
  reason text,
  -- The run in which it succeeded, when this run took the result over.
  reused_from uuid,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (run_id, job)
);
