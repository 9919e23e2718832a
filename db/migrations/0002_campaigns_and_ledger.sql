create table templates (
  template_id uuid primary key,
  tenant_id text not null references tenants,
  name text not null,
  latest_version int not null default 0,
  created_at timestamptz not null default now(),
  unique (tenant_id, name)
);

-- A saved version never changes; a change is a new version.
create table template_versions (
  template_version_id uuid primary key,
  template_id uuid not null references templates,
  tenant_id text not null references tenants,
  version int not null,
  subject text not null,
  preheader text,
  html text not null,
  text text not null,
  -- Static link targets, in order of appearance: a click names its place in this list.
  links text[] not null default '{}',
  created_at timestamptz not null default now(),
  unique (template_id, version)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% rows never change', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger template_versions_never_change before update on template_versions
  for each row execute function refuse_change();

create table campaigns (
  campaign_id uuid primary key,
  tenant_id text not null references tenants,
  name text not null,
  template_version_id uuid not null references template_versions,
  list_id uuid references lists,
  segment_id uuid references segments,
  from_name text,
  from_email text not null,
  reply_to text,
  headers jsonb not null default '{}',
  lane text not null check (lane in ('priority-high', 'campaign-standard', 'warmup', 'retry')),
  on_unknown text not null default 'resend' check (on_unknown in ('resend', 'hold')),
  on_missing_variable text not null default 'empty' check (on_missing_variable in ('empty', 'refuse')),
  track_opens boolean not null default true,
  track_clicks boolean not null default true,
  status text not null default 'draft' check (status in ('draft', 'sending', 'completed', 'cancelled')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Exactly one audience.
  check (num_nonnulls(list_id, segment_id) = 1)
);
create index campaigns_tenant on campaigns (tenant_id, created_at desc, campaign_id);

-- One run of a campaign.
create table campaign_sends (
  send_id uuid primary key,
  tenant_id text not null references tenants,
  campaign_id uuid not null references campaigns,
  -- A second start with the same key is the same send.
  run_key text not null default 'first',
  -- Month in which the send was made: the ledger's partition, constant within a send.
  send_month date not null,
  template_version_id uuid not null references template_versions,
  status text not null default 'scheduled'
    check (status in ('scheduled', 'sending', 'paused', 'cancelling', 'cancelled', 'completed')),
  -- What a resume goes back to.
  paused_from text check (paused_from in ('scheduled', 'sending')),
  -- Absolute start; null: at once.
  scheduled_at timestamptz,
  -- Wall-clock start ('2026-12-01T09:00') in each recipient's time zone; `time_zone` for those who have none.
  local_start text,
  time_zone text not null default 'UTC',
  per_second double precision check (per_second > 0),
  snapshot_cursor bigint not null default 0,
  snapshot_done boolean not null default false,
  recipients bigint not null default 0,
  batches int not null default 0,
  retry_round int not null default 0,
  started_at timestamptz,
  first_sent_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  unique (campaign_id, run_key)
);
create index campaign_sends_tenant on campaign_sends (tenant_id, created_at desc, send_id);
create index campaign_sends_open on campaign_sends (status) where status in ('scheduled', 'sending', 'paused', 'cancelling');

-- Some hundred recipients handled by one activity: a range of contacts of one send.
create table campaign_send_batches (
  send_id uuid not null references campaign_sends on delete cascade,
  batch_no int not null,
  tenant_id text not null,
  -- 0: first delivery; n: retry round n.
  round int not null default 0,
  from_contact bigint not null,
  to_contact bigint not null,
  -- Ordinals within the send: the journal's bit of a recipient is its ordinal minus first_position.
  first_position int not null,
  recipients int not null,
  -- Null: at once. Set in sends at local time.
  due_at timestamptz,
  -- Not null while an attempt works on it. An attempt that finds one left behind takes over by the journal.
  owner_token uuid,
  claimed_at timestamptz,
  claims int not null default 0,
  -- A retry round settles rows that were deferred before its batches were made; what it defers again is left to the next.
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- How the batch's recipients stood when it was last released.
  sent int not null default 0,
  deferred int not null default 0,
  failed int not null default 0,
  primary key (send_id, batch_no)
) with (fillfactor = 70);

-- The ledger: one row a recipient of a send, partitioned by the month of the send so that old months leave cheaply.
create table email_sends (
  send_month date not null,
  send_id uuid not null,
  contact_id bigint not null,
  tenant_id text not null,
  -- Ordinal within the send, from 0.
  position int not null,
  email text not null,
  due_at timestamptz,
  status text not null default 'pending'
    check (status in ('pending', 'deferred', 'sent', 'bounced', 'dead', 'suppressed', 'cancelled', 'unknown')),
  attempts smallint not null default 0,
  possible_duplicate boolean not null default false,
  reason text,
  reply_code smallint,
  enhanced_code text,
  node_id text,
  settled_at timestamptz
) partition by list (send_month);
-- The only index: makes the snapshot safe to repeat and reads a batch as one range. No index on a column that a
-- settlement changes, so that settlements are heap-only updates.
create unique index email_sends_recipient on email_sends (send_id, contact_id, send_month);

-- The partition of a month, made when its first send is.
create function ensure_email_sends_partition(month date) returns void language plpgsql as $$
begin
  execute format(
    'create table if not exists email_sends_%s partition of email_sends for values in (%L) with (fillfactor = 75)',
    to_char(month, 'YYYY_MM'), month);
exception when duplicate_table or unique_violation then null; -- another start made it
end $$;

-- Work that spent its attempts and waits for a person.
create table dead_letters (
  dead_letter_id bigint generated always as identity primary key,
  tenant_id text not null,
  kind text not null default 'email.send',
  send_id uuid not null,
  contact_id bigint not null,
  reason text not null,
  attempts smallint not null,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolution text check (resolution in ('retried', 'dismissed'))
);
create index dead_letters_open on dead_letters (tenant_id, dead_letter_id) where resolved_at is null;
create unique index dead_letters_one_open on dead_letters (send_id, contact_id) where resolved_at is null;
