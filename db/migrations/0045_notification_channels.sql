-- What people are told is graded; each has read or put it away for themself, and it goes out by the channels that each chose.
alter table notifications
  add column severity text not null default 'info' check (severity in ('info', 'warning', 'critical')),
  -- For everybody at once; `notification_states` has what each did.
  add column archived_at timestamptz;

create table notification_states (
  tenant_id text not null,
  notification_id uuid not null references notifications on delete cascade,
  user_id text not null,
  read_at timestamptz,
  archived_at timestamptz,
  changed_at timestamptz not null default now(),
  primary key (notification_id, user_id)
);
-- What has changed lately is told live.
create index notification_states_changed on notification_states (tenant_id, changed_at);

-- What was not handed to the channels yet: a row of its own, because a change of the notification would be told as one.
create table notification_outbox (
  notification_id uuid primary key references notifications on delete cascade,
  tenant_id text not null,
  created_at timestamptz not null default now()
);
create index notification_outbox_created on notification_outbox (created_at);

create function keep_notification_for_channels() returns trigger language plpgsql as $$
begin
  insert into notification_outbox (notification_id, tenant_id) values (new.notification_id, new.tenant_id);
  return null;
end $$;
create trigger keep_notification_for_channels after insert on notifications
  for each row execute function keep_notification_for_channels();

-- Browsers and phones of people.
create table notification_devices (
  device_id uuid primary key,
  user_id uuid not null references users,
  kind text not null check (kind in ('web', 'fcm', 'apns')),
  name text not null,
  -- Of a browser its push service's URL, else the token that the provider knows it by. Whoever has it can write to it.
  address text not null,
  -- Of a browser: what its payloads are encrypted with (RFC 8291).
  p256dh text,
  auth text,
  created_at timestamptz not null default now(),
  last_sent_at timestamptz,
  removed_at timestamptz,
  -- `gone`: its provider said so; `removed`: a person did; `moved`: somebody else signed in there.
  removed_reason text,
  check ((kind = 'web') = (p256dh is not null and auth is not null))
);
create unique index notification_devices_address on notification_devices (kind, address) where removed_at is null;
create index notification_devices_user on notification_devices (user_id) where removed_at is null;

-- How somebody wants to be told; without a row, the defaults.
create table notification_settings (
  user_id uuid primary key references users,
  -- IANA name; null: that of the configuration.
  time_zone text,
  -- Minutes since midnight; may pass it. Both or none.
  quiet_from smallint check (quiet_from between 0 and 1439),
  quiet_to smallint check (quiet_to between 0 and 1439),
  digest text not null default 'off' check (digest in ('off', 'hourly', 'daily')),
  -- Of a daily one: minutes since midnight.
  digest_at smallint not null default 480 check (digest_at between 0 and 1439),
  check ((quiet_from is null) = (quiet_to is null))
);

-- What differs from the defaults of the kind.
create table notification_preferences (
  user_id uuid not null references users,
  kind text not null,
  channel text not null check (channel in ('email', 'web_push', 'mobile_push')),
  enabled boolean not null,
  primary key (user_id, kind, channel)
);

-- One notification to one person by one channel, to one device: never twice, however often it is handed over.
create table notification_deliveries (
  delivery_id bigint generated always as identity primary key,
  tenant_id text not null,
  notification_id uuid not null references notifications on delete cascade,
  user_id uuid not null,
  channel text not null check (channel in ('email', 'web_push', 'mobile_push')),
  device_id uuid,
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'skipped')),
  -- Why it was skipped or failed, or what it waits for.
  reason text,
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Of the message that it goes in, alone or with others; the same at every attempt.
  message_id uuid,
  -- As the provider calls it.
  provider_id text,
  -- An attempt before the last one ended in a crash: it may have arrived.
  possible_duplicate boolean not null default false,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index notification_deliveries_once on notification_deliveries
  (notification_id, user_id, channel, coalesce(device_id, '00000000-0000-0000-0000-000000000000'));
-- Who has something due is found behind any history.
create index notification_deliveries_due on notification_deliveries (user_id, next_attempt_at) where status = 'pending';

create table notification_attempts (
  delivery_id bigint not null references notification_deliveries on delete cascade,
  attempt smallint not null,
  began_at timestamptz not null default now(),
  -- Null: under way, or ended by a crash.
  outcome text,
  status_code smallint,
  error text,
  duration_ms int,
  primary key (delivery_id, attempt)
);

-- Who is being served by a workflow, until then.
create table notification_couriers (
  user_id uuid primary key,
  served_until timestamptz
);

-- Of this Floe, for browsers (RFC 8292), when the configuration names none.
create table vapid_keys (
  id smallint primary key default 1 check (id = 1),
  public_key text not null,
  -- Sealed.
  private_key text not null,
  created_at timestamptz not null default now()
);

-- Of people, who may belong to several tenants.
create policy nobody on notification_devices to floe_tenant using (false);
create policy nobody on notification_settings to floe_tenant using (false);
create policy nobody on notification_preferences to floe_tenant using (false);
create policy nobody on notification_couriers to floe_tenant using (false);
create policy nobody on vapid_keys to floe_tenant using (false);
create policy own_tenant on notification_attempts to floe_tenant
  using (exists (select from notification_deliveries p where p.delivery_id = notification_attempts.delivery_id));

create or replace function tell_webhook_disabled() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'webhook.disabled', new.webhook_id::text,
    jsonb_build_object('webhook_id', new.webhook_id, 'url', new.url, 'reason', new.disabled_reason));
  insert into notifications (tenant_id, kind, severity, subject_id, title, text)
  values (new.tenant_id, 'webhook.disabled', 'warning', new.webhook_id::text, 'A webhook was disabled',
    format('%s is not told of events any more: %s. They are kept; resume it when it works again.', new.url,
      case new.disabled_reason
        when 'gone' then 'it answered 410 Gone'
        when 'failing' then 'it has failed for days'
        else new.disabled_reason
      end));
  return null;
end $$;
