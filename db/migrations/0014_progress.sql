-- Who asked for it, as the tenant's own system calls its users: progress is shown to them.
alter table campaign_sends add column user_id text;
alter table lead_imports add column if not exists user_id text;

-- How each piece of work stands, as it was last told: a row from its first moment on, under the id of the work.
create table progress_tracking (
  id uuid primary key,
  tenant_id text not null references tenants,
  user_id text,
  kind text not null,
  status text not null default 'pending'
    check (status in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  -- Null: not known yet.
  total bigint,
  -- Done with, whether it went well or not; `failed` is a part of it.
  processed bigint not null default 0,
  failed bigint not null default 0,
  message text,
  -- Of its last update; 0: none has been told.
  sequence bigint not null default 0,
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  created_at timestamptz not null default now()
);
-- Lists of a tenant, newest first.
create index progress_tracking_tenant on progress_tracking (tenant_id, created_at desc, id);
-- What the recorder looks at every second.
create index progress_tracking_open on progress_tracking (kind) where finished_at is null;

-- The last number of each tenant. Who takes one holds the row until the commit, so that numbers become visible in their
-- order: whoever has read up to a number has missed nothing below it.
create table progress_sequences (
  tenant_id text primary key references tenants,
  last_sequence bigint not null
);

-- Every update, for those who follow: kept for a day, the last one of each piece of work as long as its row above.
create table progress_updates (
  tenant_id text not null,
  sequence bigint not null,
  id uuid not null references progress_tracking on delete cascade,
  status text not null,
  total bigint,
  processed bigint not null,
  failed bigint not null,
  message text,
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, sequence)
);
-- Forgetting one piece of work finds its updates.
create index progress_updates_id on progress_updates (id);
-- Old ones are found without reading the others.
create index progress_updates_recorded on progress_updates using brin (recorded_at);

-- Work that begins, or is taken up again, is open from the same commit on. Nothing else is written here by those who
-- work: the recorder reads their own tables.
create function open_progress(id uuid, tenant_id text, user_id text, kind text) returns void language sql as $$
  insert into progress_tracking as p (id, tenant_id, user_id, kind) values ($1, $2, $3, $4)
  -- Always changes the row, so that a recorder that has read the work's end a moment before finds itself overtaken.
  on conflict (id) do update set finished_at = null, updated_at = clock_timestamp()
$$;

create function open_import_progress() returns trigger language plpgsql as $$
begin
  perform open_progress(new.import_id, new.tenant_id, new.user_id, 'import');
  return null;
end $$;
create trigger lead_imports_progress after insert on lead_imports
  for each row execute function open_import_progress();

create function open_export_progress() returns trigger language plpgsql as $$
begin
  perform open_progress(new.export_id, new.tenant_id, null, 'export');
  return null;
end $$;
create trigger exports_progress after insert on exports
  for each row execute function open_export_progress();

-- A sequence's sends are steps of it, and tell nothing of their own.
create function open_send_progress() returns trigger language plpgsql as $$
begin
  if exists (select from campaigns where campaign_id = new.campaign_id and kind = 'broadcast') then
    perform open_progress(new.send_id, new.tenant_id, new.user_id, 'send');
  end if;
  return null;
end $$;
create trigger campaign_sends_progress after insert on campaign_sends
  for each row execute function open_send_progress();
create trigger campaign_sends_taken_up after update of status on campaign_sends
  for each row when (old.status = 'completed' and new.status <> 'completed') execute function open_send_progress();

create function open_graph_progress() returns trigger language plpgsql as $$
begin
  perform open_progress(new.run_id, new.tenant_id, null, 'graph');
  return null;
end $$;
create trigger job_graph_runs_progress after insert on job_graph_runs
  for each row execute function open_graph_progress();

create function open_sequence_progress() returns trigger language plpgsql as $$
begin
  perform open_progress(new.campaign_id, new.tenant_id, null, 'sequence');
  return null;
end $$;
create trigger sequences_progress after update of status on sequences
  for each row when (old.status in ('draft', 'completed') and new.status = 'running')
  execute function open_sequence_progress();

-- What was open before progress was told.
insert into progress_tracking (id, tenant_id, kind)
select import_id, tenant_id, 'import' from lead_imports where status in ('pending', 'processing')
union all
select export_id, tenant_id, 'export' from exports where status in ('pending', 'processing')
union all
select s.send_id, s.tenant_id, 'send' from campaign_sends s join campaigns c on c.campaign_id = s.campaign_id
where c.kind = 'broadcast' and s.status in ('scheduled', 'sending', 'paused', 'cancelling')
union all
select run_id, tenant_id, 'graph' from job_graph_runs where status = 'running'
union all
select campaign_id, tenant_id, 'sequence' from sequences where status in ('running', 'paused');
