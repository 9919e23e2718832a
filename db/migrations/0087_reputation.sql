-- What receivers may think of domains, nodes and mailbox providers' view of a tenant: a score of each day, and a gate that
-- warns, slows down or stops what does harm.

-- Scores and gates are of a page of tenants.
create index delivery_hours_tenant on delivery_hours (tenant_id, hour);

create table reputations (
  reputation_id bigint generated always as identity,
  -- `*`: of the platform, for a node that every tenant may use.
  tenant_id text not null,
  kind text not null check (kind in ('domain', 'node', 'mailbox-provider')),
  -- Domain of From, node id, or mailbox provider.
  subject text not null,
  -- Of a domain or a node: towards whom; empty: all its mail, which alone has a gate.
  mailbox_provider text not null default '',
  -- Of the last calculation, by the calendar of the configured time zone; null: there was none yet.
  day date,
  -- Null: there was too little mail to say anything.
  score smallint check (score between 0 and 100),
  factors jsonb not null default '[]',
  -- Messages that were tried in the week that the score is of.
  tried bigint not null default 0,
  calculated_at timestamptz,
  gate text not null default 'none' check (gate in ('none', 'warn', 'slow', 'stop')),
  gate_reason text,
  gate_since timestamptz not null default now(),
  -- How often it was stopped since it last did well for long.
  stops int not null default 0,
  -- It goes on by itself; null: a person decides.
  resume_at timestamptz,
  -- What came of mail before it is not judged again.
  judged_from timestamptz,
  -- What `slow` lets through.
  per_day int check (per_day > 0),
  per_hour int check (per_hour > 0),
  -- Who released it last.
  released_by text,
  primary key (tenant_id, kind, subject, mailbox_provider),
  check ((gate = 'slow') = (per_day is not null and per_hour is not null)),
  check (gate = 'none' or mailbox_provider = '' and kind <> 'mailbox-provider')
);
-- Pages.
create unique index reputations_id on reputations (reputation_id);
-- What holds mail is asked for by permits, and looked at again by every check.
create index reputations_gated on reputations (tenant_id, kind, subject) where gate <> 'none';
-- Bad ones among many.
create index reputations_low on reputations (score) where mailbox_provider = '';

create table reputation_days (
  tenant_id text not null,
  kind text not null,
  subject text not null,
  mailbox_provider text not null default '',
  day date not null,
  score smallint,
  factors jsonb not null,
  tried bigint not null,
  -- As it stood when the score was calculated.
  gate text not null,
  calculated_at timestamptz not null default now(),
  primary key (tenant_id, kind, subject, mailbox_provider, day)
);
create index reputation_days_old on reputation_days (day);

-- What belongs to nodes that everybody may use can be read by everybody, as the nodes can.
create policy own_tenant on reputations to floe_tenant
  using (tenant_sees(tenant_id) or tenant_id = '*') with check (tenant_sees(tenant_id));
create policy own_tenant on reputation_days to floe_tenant
  using (tenant_sees(tenant_id) or tenant_id = '*') with check (tenant_sees(tenant_id));

create function tell_reputation() returns trigger language plpgsql as $$
declare
  previous text := case when tg_op = 'UPDATE' then old.gate else 'none' end;
  gates constant text[] := '{none,warn,slow,stop}';
  worse boolean := array_position(gates, new.gate) > array_position(gates, previous);
begin
  if new.gate = previous then return null; end if;
  perform tell_webhooks(new.tenant_id, 'reputation.changed', new.kind || '/' || new.subject, jsonb_build_object(
    'kind', new.kind, 'subject', new.subject, 'gate', new.gate, 'previous_gate', previous, 'reason', new.gate_reason,
    'score', new.score, 'resume_at', new.resume_at));
  -- People know what people did: what a person releases is judged from then on.
  if tg_op = 'UPDATE' and new.gate = 'none' and new.judged_from is distinct from old.judged_from then return null; end if;
  insert into notifications (tenant_id, kind, severity, subject_id, title, text)
  select new.tenant_id, 'reputation.' || t.happened, t.severity, new.kind || '/' || new.subject,
    format(t.title, new.kind, new.subject), coalesce(new.gate_reason, '')
  from (values
    ('warn', true, 'warned', 'warning', 'The %s %s is at risk'),
    ('slow', true, 'slowed', 'warning', 'The %s %s was slowed down'),
    ('stop', true, 'stopped', 'critical', 'The %s %s was stopped'),
    ('none', false, 'recovered', 'info', 'The %s %s has recovered'),
    ('warn', false, 'recovered', 'info', 'The %s %s is no longer slowed down'),
    ('slow', false, 'recovered', 'info', 'The %s %s goes on slowly')
  ) as t (gate, is_worse, happened, severity, title)
  where t.gate = new.gate and t.is_worse = worse;
  return null;
end $$;
create trigger reputations_told after insert or update of gate on reputations
  for each row execute function tell_reputation();

-- Value: points that the score lacks to 100.
insert into alert_rules (rule_id, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, changed_by, routes) values
  ('00000000-0000-4000-8000-000000000020', 'platform', 'reputation', 'A reputation is bad', 'critical', 50, 40, 0, 0, 'floe', '{notifications,urgent}'),
  ('00000000-0000-4000-8000-000000000021', 'tenants', 'reputation', 'The reputation suffers', 'warning', 30, 25, 0, 0, 'floe', '{notifications,webhooks}'),
  ('00000000-0000-4000-8000-000000000022', 'tenants', 'reputation', 'The reputation is bad', 'critical', 50, 40, 0, 0, 'floe', '{notifications,webhooks}');
