-- What mailbox providers asked to be spared: Redis lets nothing leave at once, this remembers it longer than Redis may.
create table provider_suspensions (
  suspension_id bigint generated always as identity primary key,
  node_id text not null references nodes on delete cascade,
  -- The node's owner at that time; null: every tenant may use it.
  tenant_id text references tenants on delete cascade,
  -- '*': whatever the node sends.
  mailbox_provider text not null,
  -- What leaves meanwhile, messages a second; null: nothing.
  per_second double precision check (per_second > 0),
  rule text not null,
  reply_code int not null,
  enhanced_code text,
  -- Without addresses.
  reply_text text not null,
  since timestamptz not null default now(),
  until timestamptz not null,
  ended_at timestamptz,
  -- Who ended it before its time.
  lifted_by text
);
-- One at a time; the permits of every second are granted against those that have not ended.
create unique index provider_suspensions_open on provider_suspensions (node_id, mailbox_provider) where ended_at is null;
create index provider_suspensions_ended on provider_suspensions (ended_at);
-- Whoever may use a node sees what holds it back.
create policy own_tenant on provider_suspensions to floe_tenant
  using (tenant_sees(tenant_id) or tenant_id is null) with check (tenant_sees(tenant_id));

-- Those of half an hour and more are told: shorter ones are the daily business of bulk mail.
create function is_long(s provider_suspensions) returns boolean language sql immutable as $$
  select s.until - s.since >= interval '30 minutes'
$$;

create function tell_suspension() returns trigger language plpgsql as $$
declare
  ended boolean := new.ended_at is not null;
  happened text := case when ended then 'provider.resumed' else 'provider.suspended' end;
  who text := case new.mailbox_provider when '*' then 'every mailbox provider' else new.mailbox_provider end;
  said text := concat_ws(' ', new.reply_code, new.enhanced_code, new.reply_text);
begin
  if not is_long(new) then return null; end if;
  if tg_op = 'UPDATE' and not ended and old.ended_at is null and old.since = new.since and is_long(old) then
    return null;
  end if;
  if new.tenant_id is not null then
    perform tell_webhooks(new.tenant_id, happened, new.node_id, jsonb_build_object('node_id', new.node_id,
      'mailbox_provider', new.mailbox_provider, 'per_second', new.per_second, 'rule', new.rule, 'reply', said,
      'since', new.since, 'until', new.until, 'lifted_by', new.lifted_by));
  end if;
  insert into notifications (tenant_id, kind, severity, subject_id, title, text)
  values (coalesce(new.tenant_id, '*'), happened, case when ended then 'info' else 'warning' end, new.node_id,
    case when ended then 'A mailbox provider gets mail again' else 'A mailbox provider asked to be spared' end,
    case when ended then format('Mail goes from %s to %s again.', new.node_id, who)
      else format('%s goes from %s to %s until %s UTC. It said: %s',
        case when new.per_second is null then 'Nothing' else 'Next to nothing' end, new.node_id, who,
        to_char(new.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), said) end);
  return null;
end $$;
create trigger suspensions_told after insert or update of until, ended_at on provider_suspensions
  for each row execute function tell_suspension();

-- Kinds of alerts: how many mailbox providers take nothing (or next to nothing) from a node.
insert into alert_rules (rule_id, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, changed_by, routes) values
  ('00000000-0000-4000-8000-000000000089', 'platform', 'provider-suspended', 'A mailbox provider takes no mail for hours', 'warning',
    0, 0, 21600000, 1800000, 'floe', '{notifications,urgent}'),
  ('00000000-0000-4000-8000-00000000008a', 'tenants', 'provider-suspended', 'A mailbox provider takes no mail for hours', 'warning',
    0, 0, 21600000, 1800000, 'floe', '{notifications,webhooks}');

-- Who runs the mailboxes of a domain, by its mail servers. Those that mail goes to are looked up in the background.
create table mail_domains (
  domain text primary key,
  -- Null: nobody known, or not looked up yet.
  mailbox_provider text,
  -- Null: not yet.
  looked_up_at timestamptz,
  look_after timestamptz not null default now(),
  -- Of name servers, in a row.
  failures int not null default 0,
  -- When mail last went to it, by the day; what nobody writes to is forgotten.
  asked_at timestamptz not null default now()
) with (fillfactor = 80);
create index mail_domains_due on mail_domains (look_after);
create policy everybody on mail_domains to floe_tenant using (true) with check (tenant_sees(null));
