-- Rows of a tenant among millions. What each index costs is said where rows are written by the thousand.

-- The tenant of a request is read once a statement, not once a row. And the planner knows how rows are spread over tenants,
-- where it took a list of two values for a rare match: joins read whole tables for a page of a hundred.
create or replace function tenant_sees(tenant text) returns boolean language sql stable as $$
  select tenant = current_setting('floe.tenant', true) or current_setting('floe.tenant', true) = '*'
$$;

create function own_tenant_condition() returns text language sql immutable as $$
  select 'tenant_id = (select current_setting(''floe.tenant'', true)) or (select current_setting(''floe.tenant'', true)) = ''*'''
$$;

do $$
declare p record;
begin
  for p in
    select c.relname, o.polname from pg_policy o join pg_class c on c.oid = o.polrelid
    where c.relnamespace = 'public'::regnamespace and pg_get_expr(o.polqual, o.polrelid) = 'tenant_sees(tenant_id)'
      and o.polwithcheck is null
  loop
    execute format('alter policy %I on %I using (%s)', p.polname, p.relname, own_tenant_condition());
  end loop;
end $$;

create or replace function secure_tenant_tables() returns void language plpgsql as $$
declare t record;
begin
  grant usage on schema public to floe_tenant;
  grant usage on all sequences in schema public to floe_tenant;
  for t in
    select c.oid, c.relname, exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as owned
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname not in ('schema_migrations', 'api_keys', 'idempotency_keys')
      and not exists (select from pg_policy p where p.polrelid = c.oid)
  loop
    execute format('grant select, insert, update, delete on %I to floe_tenant', t.relname);
    execute format('alter table %I enable row level security', t.relname);
    execute format('create policy own_tenant on %I to floe_tenant using (%s)', t.relname,
      case when t.owned then own_tenant_condition() else 'tenant_sees(null)' end);
  end loop;
  for t in
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and exists (select from pg_policy p where p.polrelid = c.oid) and not c.relrowsecurity
  loop
    execute format('grant select, insert, update, delete on %I to floe_tenant', t.relname);
    execute format('alter table %I enable row level security', t.relname);
  end loop;
end $$;

-- A value, not `exists`: that was answered by reading all imports, for a page of one.
alter policy own_tenant on lead_import_refusals
  using ((select true from lead_imports p where p.import_id = lead_import_refusals.import_id));

-- A campaign's single emails, newest first; most belong to none.
create index emails_campaign on emails (tenant_id, campaign_id, email_id) where campaign_id is not null;
-- Emails to an address, newest first; a list of one address is walked, not sorted.
drop index email_recipients_address;
create index email_recipients_address on email_recipients (tenant_id, email, email_id);

-- Events of a type, newest first.
create index webhook_events_type on webhook_events (tenant_id, type, event_id);
-- An endpoint's deliveries by how they stand, newest first: one entry more at each status.
create index webhook_deliveries_webhook_status on webhook_deliveries (webhook_id, status, created_at desc, delivery_id desc);

-- Work by how it stands, and by who asked for it, newest first: a few rows a piece of work.
create index progress_tracking_status on progress_tracking (tenant_id, status, created_at, id);
create index progress_tracking_user on progress_tracking (tenant_id, user_id, created_at, id) where user_id is not null;

-- What was done, and what was done to something, newest first: two entries a change over HTTP.
create index audit_log_action on audit_log (tenant_id, action, audit_id);
create index audit_log_subject on audit_log (tenant_id, subject, audit_id);

-- Reports of a kind, and from a source, newest first.
create index inbound_reports_kind on inbound_reports (tenant_id, kind, report_id) where tenant_id is not null;
create index inbound_reports_source on inbound_reports (tenant_id, source, report_id) where tenant_id is not null;

-- Campaigns by how they stand, and a campaign's sends, newest first: a sequence makes one for each step and wave.
create index campaigns_status on campaigns (tenant_id, status, created_at, campaign_id);
create index campaign_sends_campaign on campaign_sends (campaign_id, created_at, send_id);
-- A graph's runs, newest first: of all versions, so that the name stands in the run.
alter table job_graph_runs add column graph_name text;
update job_graph_runs r set graph_name = g.name from job_graphs g where g.graph_id = r.graph_id;
alter table job_graph_runs alter column graph_name set not null;
create index job_graph_runs_graph on job_graph_runs (tenant_id, graph_name, run_id);
create function name_graph_run() returns trigger language plpgsql as $$
begin
  new.graph_name := (select name from job_graphs where graph_id = new.graph_id);
  return new;
end $$;
create trigger job_graph_runs_named before insert on job_graph_runs for each row execute function name_graph_run();

-- Those of one statement have one time: a page of a million that were added at once is found by the value, not sorted.
drop index suppressions_tenant;
create index suppressions_tenant on suppressions (tenant_id, created_at, value);

-- Open letters of a kind, in order.
create index dead_letters_open_kind on dead_letters (tenant_id, kind, dead_letter_id) where resolved_at is null;
