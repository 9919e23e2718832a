-- A tenant's history, newest first.
create index notification_deliveries_tenant on notification_deliveries (tenant_id, delivery_id desc);
-- As it was called when it was written to: history outlives devices.
alter table notification_deliveries add column device_name text;

-- Of a send: how it ended, or that it stands. Parts of sequences and A/B tests are told by those.
create function notify_of_send() returns trigger language plpgsql as $$
declare
  campaign text;
begin
  select name into campaign from campaigns where campaign_id = new.campaign_id;
  insert into notifications (tenant_id, user_id, kind, subject_id, title, text)
  values (new.tenant_id, new.user_id, 'send.' || new.status, new.send_id::text,
    case new.status
      when 'completed' then 'A campaign was sent'
      when 'paused' then 'A campaign was paused'
      else 'A campaign was cancelled'
    end,
    campaign || case new.status
      when 'completed' then ' has gone to all of its recipients (' || new.recipients || ').'
      when 'paused' then ' stands still until somebody resumes it.'
      else ' was ended before it had gone to everybody.'
    end);
  return null;
end $$;
create trigger notify_of_send after update of status on campaign_sends for each row
  when (new.status is distinct from old.status and new.status in ('completed', 'paused', 'cancelled')
    and new.run_key !~ '^(step-|variant-|rest$)'
    -- Held because it is late: that is told by itself.
    and not (new.status = 'paused' and new.late_ms is not null and old.late_ms is null))
  execute function notify_of_send();

create function notify_of_node() returns trigger language plpgsql as $$
begin
  insert into notifications (tenant_id, kind, severity, subject_id, title, text)
  values (coalesce(new.tenant_id, '*'), 'node.paused', 'warning', new.node_id, 'A node was paused',
    format('Nothing leaves by %s (%s) until it is resumed.', new.node_id, new.host));
  return null;
end $$;
create trigger notify_of_node after update of status on nodes for each row
  when (new.status = 'paused' and old.status = 'active')
  execute function notify_of_node();

create function notify_of_key() returns trigger language plpgsql as $$
begin
  insert into notifications (tenant_id, kind, severity, subject_id, title, text)
  values (coalesce(new.tenant_id, '*'), 'security.key_created', 'warning', new.key_id::text, 'An API key was created',
    format('%s, with the role %s, by %s. Revoke it if nobody of you made it.', new.name, new.role, new.created_by));
  return null;
end $$;
create trigger notify_of_key after insert on api_keys for each row execute function notify_of_key();

-- From which browsers somebody has signed in; SHA-256 of what they call themselves.
create table user_browsers (
  user_id uuid not null references users,
  browser bytea not null,
  first_seen_at timestamptz not null default now(),
  primary key (user_id, browser)
);
create policy nobody on user_browsers to floe_tenant using (false);

-- What concerns a person alone is told in the tenant they belong to for longest; of the platform to who belongs to none.
create function notify_user(person uuid, kind text, severity text, title text, body text) returns void language sql as $$
  insert into notifications (tenant_id, user_id, kind, severity, subject_id, title, text)
  values (coalesce((select tenant_id from memberships where user_id = person order by created_at, tenant_id limit 1), '*'),
    person::text, kind, severity, person::text, title, body)
$$;

create function notify_of_sign_in() returns trigger language plpgsql as $$
declare
  known boolean;
  seen bytea := sha256(convert_to(coalesce(new.user_agent, ''), 'UTF8'));
begin
  select exists (select from user_browsers where user_id = new.user_id) into known;
  insert into user_browsers (user_id, browser) values (new.user_id, seen) on conflict do nothing;
  -- The first is how the account begins.
  if found and known then
    perform notify_user(new.user_id, 'security.new_sign_in', 'warning', 'A sign-in from a new browser',
      format('From %s, with %s. If it was not you, change your password and end all sessions.', new.address,
        coalesce(left(new.user_agent, 200), 'no name of a browser')));
  end if;
  return null;
end $$;
create trigger notify_of_sign_in after insert on sessions for each row execute function notify_of_sign_in();

create function notify_of_credentials() returns trigger language plpgsql as $$
begin
  if new.password_hash is distinct from old.password_hash and old.password_hash is not null then
    perform notify_user(new.user_id, 'security.password_changed', 'warning', 'Your password was changed',
      'If it was not you, ask an administrator for a new one.');
  end if;
  if new.totp_confirmed_at is null and old.totp_confirmed_at is not null then
    perform notify_user(new.user_id, 'security.second_factor_removed', 'critical', 'Your second factor was removed',
      'Signing in asks for no code any more. If it was not you, change your password and set up TOTP again.');
  end if;
  return null;
end $$;
create trigger notify_of_credentials after update of password_hash, totp_confirmed_at on users
  for each row execute function notify_of_credentials();
