-- What is watched, and from when on somebody is told.
create table alert_rules (
  rule_id uuid primary key default gen_random_uuid(),
  -- `platform`: its own facts. `tenant`: one tenant's. `tenants`: those of every tenant that has no rule of its own of the kind.
  scope text not null check (scope in ('platform', 'tenant', 'tenants')),
  tenant_id text check ((scope = 'tenant') = (tenant_id is not null)),
  kind text not null,
  name text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  fire_above double precision not null,
  clear_at_most double precision not null,
  for_ms bigint not null check (for_ms >= 0),
  clear_for_ms bigint not null check (clear_for_ms >= 0),
  -- Null: each. Else one queue, part, process or tenant alone.
  subject text,
  -- By which people and systems are told; none: it stands in the history alone.
  routes text[] not null check (routes <@ '{notifications,webhooks,urgent}'),
  enabled boolean not null default true,
  silenced_until timestamptz,
  silence_reason text,
  changed_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (clear_at_most <= fire_above)
);
create index alert_rules_tenant on alert_rules (tenant_id);
create policy own_tenant on alert_rules to floe_tenant
  using (tenant_sees(tenant_id) or scope = 'tenants') with check (tenant_sees(tenant_id));

create table alerts (
  alert_id uuid primary key,
  -- Stays when the rule goes.
  rule_id uuid not null,
  -- Null: the platform's.
  tenant_id text,
  kind text not null,
  name text not null,
  severity text not null,
  subject text not null,
  -- When it was raised, or cleared.
  value double precision not null,
  fire_above double precision not null,
  is_test boolean not null default false,
  routes text[] not null,
  raised_at timestamptz not null,
  cleared_at timestamptz,
  clear_reason text,
  -- Null: nobody was told, because it is or was silenced.
  raise_told_at timestamptz,
  clear_told_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  silenced_until timestamptz,
  silence_reason text,
  changed_by text
);
-- Whoever finds it first raises it: the flow, or a process that watches for itself.
create unique index alerts_one_open on alerts (rule_id, coalesce(tenant_id, ''), subject) where cleared_at is null and not is_test;
create index alerts_tenant on alerts (tenant_id, raised_at desc, alert_id);
create index alerts_open on alerts (severity) where cleared_at is null;
create index alerts_untold on alerts (raised_at) where raise_told_at is null or clear_told_at is null;
create index alerts_raised on alerts (raised_at);

-- Every change of a rule and of an alert, and who made it.
create table alert_history (
  history_id bigint generated always as identity primary key,
  tenant_id text,
  rule_id uuid not null,
  alert_id uuid,
  what text not null,
  actor text,
  detail jsonb not null default '{}',
  at timestamptz not null default now()
);
create index alert_history_alert on alert_history (alert_id, history_id) where alert_id is not null;
create index alert_history_rule on alert_history (rule_id, history_id);
create index alert_history_at on alert_history (at);

-- When the flow last looked. One row.
create table alert_looks (
  id smallint primary key default 1 check (id = 1),
  looked_at timestamptz not null
);

create function keep_alert_history() returns trigger language plpgsql as $$
declare
  happened text[] := '{}';
begin
  if tg_op = 'INSERT' then happened := '{raised}'; end if;
  if new.cleared_at is not null and (tg_op = 'INSERT' or old.cleared_at is null) then happened := happened || 'cleared'::text; end if;
  if tg_op = 'UPDATE' then
    if new.raise_told_at is distinct from old.raise_told_at then happened := happened || 'raise_told'::text; end if;
    if new.clear_told_at is distinct from old.clear_told_at then happened := happened || 'clear_told'::text; end if;
    if new.acknowledged_at is distinct from old.acknowledged_at then happened := happened || 'acknowledged'::text; end if;
    if new.silenced_until is distinct from old.silenced_until then
      happened := happened || case when new.silenced_until is null then 'unsilenced' else 'silenced' end;
    end if;
  end if;
  insert into alert_history (tenant_id, rule_id, alert_id, what, actor, detail)
  select new.tenant_id, new.rule_id, new.alert_id, h, case when h in ('acknowledged', 'silenced', 'unsilenced') then new.changed_by end,
    case h when 'raised' then jsonb_build_object('value', new.value, 'fire_above', new.fire_above, 'is_test', new.is_test)
      when 'cleared' then jsonb_build_object('value', new.value, 'reason', new.clear_reason)
      when 'silenced' then jsonb_build_object('until', new.silenced_until, 'reason', new.silence_reason) else '{}' end
  from unnest(happened) h;
  return null;
end $$;
create trigger alerts_kept after insert or update on alerts for each row execute function keep_alert_history();

create function keep_alert_rule_history() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into alert_history (tenant_id, rule_id, what, actor, detail)
    values (old.tenant_id, old.rule_id, 'rule_deleted', current_setting('floe.alert_actor', true), to_jsonb(old));
  else
    insert into alert_history (tenant_id, rule_id, what, actor, detail)
    values (new.tenant_id, new.rule_id, case when tg_op = 'INSERT' then 'rule_created' else 'rule_changed' end, new.changed_by, to_jsonb(new));
  end if;
  return null;
end $$;
create trigger alert_rules_kept after insert or update or delete on alert_rules
  for each row execute function keep_alert_rule_history();

-- On from the first start. The one of parts is known in domain/alerts, too: it must work while nothing can be read.
insert into alert_rules (rule_id, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, changed_by, routes)
select id::uuid, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, 'floe',
  case scope when 'platform' then '{notifications,urgent}' else '{notifications,webhooks}' end::text[]
from (values
  ('00000000-0000-4000-8000-000000000001', 'platform', 'queue-depth', 'A queue is deep', 'warning', 1000, 500, 600000, 300000),
  ('00000000-0000-4000-8000-000000000002', 'platform', 'queue-age', 'A queue stands still', 'critical', 600, 120, 300000, 300000),
  ('00000000-0000-4000-8000-000000000003', 'platform', 'failure-rate', 'Jobs fail', 'warning', 0.2, 0.1, 300000, 600000),
  ('00000000-0000-4000-8000-000000000004', 'platform', 'throughput-drop', 'Less mail leaves', 'warning', 0.8, 0.5, 600000, 300000),
  ('00000000-0000-4000-8000-000000000005', 'platform', 'dead-letters', 'Dead letters wait', 'warning', 10000, 8000, 300000, 300000),
  ('00000000-0000-4000-8000-000000000006', 'platform', 'worker-loss', 'A worker is gone', 'critical', 0, 0, 60000, 60000),
  ('00000000-0000-4000-8000-000000000007', 'platform', 'part-down', 'A part does not answer', 'critical', 0, 0, 60000, 60000),
  ('00000000-0000-4000-8000-000000000008', 'platform', 'memory', 'Memory runs out', 'warning', 0.9, 0.8, 300000, 300000),
  ('00000000-0000-4000-8000-000000000009', 'platform', 'bounce-rate', 'Mail of a tenant bounces', 'warning', 0.05, 0.03, 300000, 1800000),
  ('00000000-0000-4000-8000-00000000000a', 'platform', 'complaint-rate', 'Mail of a tenant is called spam', 'warning', 0.001, 0.0005, 300000, 1800000),
  ('00000000-0000-4000-8000-00000000000b', 'tenants', 'failure-rate', 'Mail fails', 'warning', 0.2, 0.1, 300000, 600000),
  ('00000000-0000-4000-8000-00000000000c', 'tenants', 'dead-letters', 'Dead letters wait', 'warning', 1000, 800, 300000, 300000),
  ('00000000-0000-4000-8000-00000000000d', 'tenants', 'bounce-rate', 'Mail bounces', 'warning', 0.05, 0.03, 300000, 1800000),
  ('00000000-0000-4000-8000-00000000000e', 'tenants', 'complaint-rate', 'Mail is called spam', 'critical', 0.001, 0.0005, 300000, 1800000)
) as r (id, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms);
