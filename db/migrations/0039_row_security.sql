-- A second wall behind the statements, which all name the tenant: processes that serve tenants take the role floe_tenant and
-- say in `floe.tenant` whose request it is; rows of others are not there for them. Without a tenant there are none at all,
-- with '*' (requests of the platform) all. Workers keep the owner's role.

do $$ begin
  create role floe_tenant nologin;
-- Roles are the cluster's: another database may have made it, even at this moment.
exception when duplicate_object or unique_violation then null;
end $$;

do $$ begin
  if not pg_has_role(current_user, 'floe_tenant', 'member') then
    execute format('grant floe_tenant to %I', current_user);
  end if;
end $$;

create function tenant_sees(tenant text) returns boolean language sql stable as $$
  select current_setting('floe.tenant', true) in ('*', tenant)
$$;

-- Called after every migration, so that a new table cannot be forgotten: one with a tenant_id shows a tenant its own rows; one
-- that was given a policy of its own keeps it; what has neither is the platform's alone.
create function secure_tenant_tables() returns void language plpgsql as $$
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
      case when t.owned then 'tenant_sees(tenant_id)' else 'tenant_sees(null)' end);
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

-- What belongs to everybody can be read by everybody.
create policy own_tenant on suppressions to floe_tenant using (tenant_sees(tenant_id) or tenant_id = '*') with check (tenant_sees(tenant_id));
create policy own_tenant on nodes to floe_tenant using (tenant_sees(tenant_id) or tenant_id is null) with check (tenant_sees(tenant_id));
create policy own_tenant on limits to floe_tenant
  using (tenant_sees(case when scope = 'tenant' then key end)) with check (tenant_sees(null));
-- Rows without a tenant of their own are those of what they belong to, whose own policy decides.
create policy own_tenant on list_contacts to floe_tenant using (exists (select from lists p where p.list_id = list_contacts.list_id));
create policy own_tenant on lead_import_batches to floe_tenant
  using (exists (select from lead_imports p where p.import_id = lead_import_batches.import_id));
create policy own_tenant on lead_import_refusals to floe_tenant
  using (exists (select from lead_imports p where p.import_id = lead_import_refusals.import_id));
create policy own_tenant on email_attachments to floe_tenant
  using (exists (select from emails p where p.email_id = email_attachments.email_id));
create policy own_tenant on job_graph_jobs to floe_tenant
  using (exists (select from job_graph_runs p where p.run_id = job_graph_jobs.run_id));
create policy own_tenant on webhook_attempts to floe_tenant
  using (exists (select from webhook_deliveries p where p.delivery_id = webhook_attempts.delivery_id));
create policy own_tenant on dead_letter_replay_items to floe_tenant
  using (exists (select from dead_letter_replays p where p.replay_id = dead_letter_replay_items.replay_id));
create policy own_tenant on email_engagements to floe_tenant
  using (exists (select from campaign_sends p where p.send_id = email_engagements.send_id)
    or exists (select from emails p where p.email_id = email_engagements.send_id));

-- Starts of sends make the month's partition, whoever asks for them.
alter function ensure_email_sends_partition(date) security definer set search_path = public, pg_temp;
