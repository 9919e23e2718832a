-- Single emails that one workflow handles: those of a tenant and lane that were asked for while its start was under way.
-- A group is to its emails what a batch is to a send's recipients.
create table email_groups (
  -- The id of the first email asked for, so that an email which came alone is found under its own id.
  group_id uuid primary key,
  tenant_id text not null references tenants,
  lane text not null check (lane in ('priority-high', 'campaign-standard', 'warmup', 'retry')),
  on_unknown text not null check (on_unknown in ('resend', 'hold')),
  -- Null: at once.
  send_at timestamptz,
  emails int not null,
  recipients int not null,
  -- The attempt that may announce, and the one that may settle; null while none works on the group.
  journal_token uuid,
  owner_token uuid,
  claims int not null default 0,
  -- What the analytics already count of this group: [{"campaign_id": …, "kind": "sent", "count": 3}].
  counted jsonb not null default '[]',
  created_at timestamptz not null default now(),
  finished_at timestamptz
) with (fillfactor = 50);
-- Groups whose workflow may never have been started.
create index email_groups_open on email_groups (created_at) where finished_at is null;

-- What one request asked to be sent; constant.
create table emails (
  email_id uuid primary key,
  group_id uuid not null references email_groups,
  tenant_id text not null references tenants,
  campaign_id uuid references campaigns,
  idempotency_key text,
  -- Hashes of the request's fields, so that another request under the same key can be told what differs.
  fingerprint jsonb,
  -- Null: the content stands in this row.
  template_version_id uuid references template_versions,
  subject text,
  preheader text,
  html text,
  text text,
  links text[] not null default '{}',
  variables jsonb not null default '{}',
  from_name text,
  from_email text not null,
  reply_to text,
  headers jsonb not null default '{}',
  track_opens boolean not null,
  track_clicks boolean not null,
  -- With List-Unsubscribe and Feedback-ID.
  bulk boolean not null,
  on_missing_variable text not null check (on_missing_variable in ('empty', 'refuse')),
  created_at timestamptz not null default now(),
  check ((template_version_id is null) = (subject is not null))
);
create index emails_group on emails (group_id);
-- Newest first: the ids are in the order of time.
create index emails_tenant on emails (tenant_id, email_id);
create unique index emails_idempotency_key on emails (tenant_id, idempotency_key) where idempotency_key is not null;

create table email_attachments (
  email_id uuid not null references emails on delete cascade,
  ordinal smallint not null,
  filename text not null,
  -- Null: what the file's name says.
  content_type text,
  -- Not null: shown inside the html, as cid:<content_id>.
  content_id text,
  content bytea not null,
  primary key (email_id, ordinal)
);

-- The ledger of single emails: one row an address of the envelope.
create table email_recipients (
  group_id uuid not null references email_groups,
  -- Ordinal within the group, from 0.
  position int not null,
  email_id uuid not null references emails,
  tenant_id text not null,
  kind text not null check (kind in ('to', 'cc', 'bcc')),
  email text not null,
  status text not null default 'pending'
    check (status in ('pending', 'deferred', 'sent', 'bounced', 'dead', 'suppressed', 'cancelled', 'unknown')),
  attempts smallint not null default 0,
  possible_duplicate boolean not null default false,
  reason text,
  reply_code smallint,
  enhanced_code text,
  node_id text,
  -- Set and committed before the first octet of the message leaves, unset by every answer: what an attempt that died
  -- leaves behind is in doubt.
  announced_at timestamptz,
  settled_at timestamptz,
  primary key (group_id, position)
) with (fillfactor = 50);
create index email_recipients_email on email_recipients (email_id);

-- Counts by day (UTC), campaign and kind: a recipient's final status, or what a recipient did.
create table email_analytics (
  tenant_id text not null,
  day date not null,
  -- The nil UUID: of no campaign.
  campaign_id uuid not null default '00000000-0000-0000-0000-000000000000',
  kind text not null,
  count bigint not null,
  primary key (tenant_id, day, campaign_id, kind)
) with (fillfactor = 50);

-- Dead letters of single emails name the email and its recipient's position.
alter table dead_letters
  alter column send_id drop not null,
  alter column contact_id drop not null,
  add column email_id uuid,
  add column email_position int,
  add constraint dead_letters_subject check (num_nonnulls(send_id, email_id) = 1);
create unique index dead_letters_one_open_email on dead_letters (email_id, email_position) where resolved_at is null;
