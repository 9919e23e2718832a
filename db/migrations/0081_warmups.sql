-- What is warmed up: the volume of a node, a domain or a mailbox rises along a curve, a decision a day.
create table warmups (
  warmup_id uuid primary key,
  -- `*`: of the platform, for a node that every tenant may use.
  tenant_id text not null,
  kind text not null check (kind in ('node', 'domain', 'mailbox')),
  -- Node id, domain or address of From.
  key text not null,
  -- As `domain/warmup-curve` has it.
  plan jsonb not null,
  status text not null default 'active' check (status in ('active', 'paused', 'stopped', 'done')),
  paused_by text check (paused_by in ('person', 'health')),
  -- Of the last decision, or of the pause.
  reason text,
  -- Days along the curve.
  position double precision not null default 0,
  idle_days int not null default 0,
  paused_days int not null default 0,
  -- The last day that was planned, and what it allows.
  last_day date,
  planned int,
  -- The allowance of that day no longer fits its row: it is written anew.
  replan boolean not null default false,
  -- What was measured before it is not judged again.
  judged_from date,
  -- How often health has paused it since it last did well for long.
  health_pauses int not null default 0,
  -- By itself; null: a person decides.
  resume_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz,
  check ((status = 'paused') = (paused_by is not null)),
  check ((status in ('stopped', 'done')) = (ended_at is not null))
);
-- One at a time: two would undo each other's allowances.
create unique index warmups_open on warmups (kind, key) where ended_at is null;
create index warmups_tenant on warmups (tenant_id, warmup_id);
-- Pages of the scheduler and of the health check.
create index warmups_at_work on warmups (warmup_id) where ended_at is null;

-- Each day of a warmup: what was planned and why, and, once it is over, what was measured.
create table warmup_days (
  warmup_id uuid not null references warmups on delete cascade,
  tenant_id text not null,
  day date not null,
  position double precision not null,
  planned int not null check (planned > 0),
  -- By allowance key: a day's and an hour's.
  allowances jsonb not null,
  -- The warmup was paused on that day, so that little of it may have been used.
  paused boolean not null default false,
  -- It began during that day.
  partial boolean not null default false,
  decision text not null,
  reason text not null,
  used int,
  accepted int,
  deferred int,
  bounced int,
  complained int,
  opened int,
  clicked int,
  planned_at timestamptz not null default now(),
  measured_at timestamptz,
  primary key (warmup_id, day)
);

-- What has ended holds nobody back, whoever ends it.
create function end_warmup() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from warmup_allowances where warmup_id = new.warmup_id;
  return null;
end $$;
create trigger warmups_ended after update of status on warmups
  for each row when (new.ended_at is not null and old.ended_at is null) execute function end_warmup();

-- A domain that signs for another tenant, and not for this one, is that one's: whose rows this one cannot see.
create function domain_is_anothers(tenant text, wanted text) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from dkim_keys where domain = wanted and tenant_id <> tenant)
    and not exists (select from dkim_keys where domain = wanted and tenant_id = tenant)
$$;

create function tell_warmup() returns trigger language plpgsql as $$
declare
  happened text := case
    when tg_op = 'INSERT' then 'started'
    when new.status = 'active' then 'resumed'
    when new.status = 'done' then 'completed'
    else new.status
  end;
  data jsonb := jsonb_build_object('warmup_id', new.warmup_id, 'kind', new.kind, 'key', new.key);
begin
  if happened in ('paused', 'completed', 'resumed') then data := data || jsonb_build_object('reason', new.reason); end if;
  if happened = 'paused' then data := data || jsonb_build_object('paused_by', new.paused_by); end if;
  perform tell_webhooks(new.tenant_id, 'warmup.' || happened, new.warmup_id::text, data);
  -- People know what people did.
  if new.paused_by = 'health' then
    insert into notifications (tenant_id, kind, severity, subject_id, title, text)
    values (new.tenant_id, 'warmup.paused', 'warning', new.warmup_id::text, 'A warmup was paused',
      format('The warmup of %s %s was paused: %s', new.kind, new.key, new.reason));
  elsif happened = 'completed' then
    insert into notifications (tenant_id, kind, severity, subject_id, title, text)
    values (new.tenant_id, 'warmup.completed', 'info', new.warmup_id::text, 'A warmup is completed',
      format('%s %s is warm: %s', initcap(new.kind), new.key, new.reason));
  end if;
  return null;
end $$;
create trigger warmups_begun after insert on warmups for each row execute function tell_warmup();
create trigger warmups_told after update of status on warmups
  for each row when (old.status is distinct from new.status) execute function tell_warmup();
