-- Every kind of work leaves dead letters: refused rows of imports, and jobs (imports, exports, jobs of a graph).
alter table dead_letters
  add column import_id uuid references lead_imports on delete cascade,
  -- Of a refused row; null when the import itself failed.
  add column import_line bigint,
  add column export_id uuid references exports on delete cascade,
  add column run_id uuid,
  add column job text,
  -- What a person made of a refused row, by field; null: as it was.
  add column payload jsonb,
  -- The letter that was replayed before this one was written: the same work failed again.
  add column replay_of bigint,
  drop constraint dead_letters_subject,
  add constraint dead_letters_subject
    check (num_nonnulls(send_id, email_id, delivery_id, import_id, export_id, run_id) = 1),
  add constraint dead_letters_kind check (kind in ('email.send', 'webhook', 'import.row', 'job'));

-- All letters of one piece of work, also those that are resolved: how often it failed, and what goes when it goes.
create index dead_letters_send on dead_letters (send_id, contact_id) where send_id is not null;
create index dead_letters_email on dead_letters (email_id, email_position) where email_id is not null;
create index dead_letters_delivery on dead_letters (delivery_id) where delivery_id is not null;
create index dead_letters_import on dead_letters (import_id, import_line) where import_id is not null;
create index dead_letters_export on dead_letters (export_id) where export_id is not null;
create index dead_letters_run on dead_letters (run_id, job) where run_id is not null;
create unique index dead_letters_one_open_row on dead_letters (import_id, coalesce(import_line, 0))
  where import_id is not null and resolved_at is null;
create unique index dead_letters_one_open_export on dead_letters (export_id)
  where export_id is not null and resolved_at is null;
create unique index dead_letters_one_open_job on dead_letters (run_id, job)
  where run_id is not null and resolved_at is null;

-- Its own delivery's, where a person changed it; else the event's.
alter table webhook_deliveries add column data jsonb;

-- A row of an import is tried by the statement that replays it, which knows the letter.
create function link_dead_letter() returns trigger language plpgsql as $$
begin
  new.replay_of := case
    when new.send_id is not null then
      (select max(dead_letter_id) from dead_letters d
       where d.send_id = new.send_id and d.contact_id = new.contact_id and d.resolution = 'retried')
    when new.email_id is not null then
      (select max(dead_letter_id) from dead_letters d
       where d.email_id = new.email_id and d.email_position = new.email_position and d.resolution = 'retried')
    when new.delivery_id is not null then
      (select max(dead_letter_id) from dead_letters d
       where d.delivery_id = new.delivery_id and d.resolution = 'retried')
    when new.import_id is not null then
      (select max(dead_letter_id) from dead_letters d
       where d.import_id = new.import_id and d.import_line is null and d.resolution = 'retried')
    when new.export_id is not null then
      (select max(dead_letter_id) from dead_letters d
       where d.export_id = new.export_id and d.resolution = 'retried')
    else
      (select max(d.dead_letter_id) from job_graph_runs r
       join dead_letters d on d.run_id = r.resumed_from and d.job = new.job
       where r.run_id = new.run_id)
  end;
  return new;
end $$;
create trigger dead_letters_linked before insert on dead_letters
  for each row when (new.kind <> 'import.row') execute function link_dead_letter();

create function bury_refused_rows() returns trigger language plpgsql as $$
begin
  insert into dead_letters (tenant_id, kind, import_id, import_line, reason, attempts)
  select i.tenant_id, 'import.row', r.import_id, r.line, coalesce(r.field || ': ', '') || r.reason, 1
  from refused r join lead_imports i on i.import_id = r.import_id
  on conflict do nothing;
  return null;
end $$;
create trigger lead_import_refusals_buried after insert on lead_import_refusals
  referencing new table as refused for each statement execute function bury_refused_rows();

create function bury_failed_import() returns trigger language plpgsql as $$
begin
  insert into dead_letters (tenant_id, kind, import_id, reason, attempts)
  values (new.tenant_id, 'job', new.import_id, coalesce(new.error, 'unknown'), 1) on conflict do nothing;
  return null;
end $$;
create trigger lead_imports_buried after update of status on lead_imports
  for each row when (old.status <> 'failed' and new.status = 'failed') execute function bury_failed_import();

create function bury_failed_export() returns trigger language plpgsql as $$
begin
  insert into dead_letters (tenant_id, kind, export_id, reason, attempts)
  values (new.tenant_id, 'job', new.export_id, coalesce(new.error, 'unknown'), 1) on conflict do nothing;
  return null;
end $$;
create trigger exports_buried after update of status on exports
  for each row when (old.status <> 'failed' and new.status = 'failed') execute function bury_failed_export();

create function bury_failed_job() returns trigger language plpgsql as $$
begin
  insert into dead_letters (tenant_id, kind, run_id, job, reason, attempts)
  select r.tenant_id, 'job', new.run_id, new.job, coalesce(new.reason, 'unknown'), new.attempts
  from job_graph_runs r where r.run_id = new.run_id
  on conflict do nothing;
  return null;
end $$;
create trigger job_graph_jobs_buried after update of state on job_graph_jobs
  for each row when (old.state <> 'failed' and new.state = 'failed') execute function bury_failed_job();

-- Whoever resumes a run takes up everything of it that failed.
create function resolve_resumed_jobs() returns trigger language plpgsql as $$
begin
  update dead_letters set resolved_at = now(), resolution = 'retried'
  where run_id = new.resumed_from and tenant_id = new.tenant_id and resolved_at is null;
  return null;
end $$;
create trigger job_graph_runs_resumed after insert on job_graph_runs
  for each row when (new.resumed_from is not null) execute function resolve_resumed_jobs();
