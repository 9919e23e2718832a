-- Mailboxes of a tenant that write to each other while they warm up, and answer: off by default, and only where somebody has
-- opted in for each.
create table warmup_mailboxes (
  mailbox_id uuid primary key,
  tenant_id text not null,
  -- Lower-case; it is written to, and from.
  address text not null,
  -- That its mail leaves from.
  node_id text not null,
  imap_host text not null,
  imap_port int not null,
  -- TLS from the first octet; else STARTTLS.
  imap_secure boolean not null,
  imap_user text not null,
  -- Sealed.
  imap_password text not null,
  -- PEM of the authority that signed the server's certificate; null: those that are known.
  imap_ca text,
  -- Null: it takes no part.
  opted_in_at timestamptz,
  opted_in_by text,
  opted_out_at timestamptz,
  opted_out_by text,
  -- Last time that it was logged in to, and what was wrong then.
  checked_at timestamptz,
  problem text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, address)
);
-- Pages of the engagement simulator.
create index warmup_mailboxes_opted_in on warmup_mailboxes (mailbox_id) where opted_in_at is not null;

-- What one of them writes to another.
create table warmup_messages (
  message_id uuid primary key,
  tenant_id text not null,
  from_mailbox uuid not null references warmup_mailboxes on delete cascade,
  to_mailbox uuid not null references warmup_mailboxes on delete cascade,
  -- Of the warmup whose day planned it; null: it is an answer.
  warmup_id uuid,
  -- Of the sender's allowance, and which of the day's it is; answers have none.
  day date not null,
  nth int,
  thread_id uuid not null,
  -- The message that it answers.
  answers uuid references warmup_messages on delete cascade,
  -- Messages of its thread before it.
  depth int not null default 0,
  due_at timestamptz not null,
  status text not null default 'planned' check (status in ('planned', 'sent', 'skipped')),
  -- Why it was skipped.
  reason text,
  -- The single email, and its Message-ID.
  email_id uuid,
  internet_id text,
  sent_at timestamptz,
  -- Who runs the mailbox that it went to.
  mailbox_provider text not null,
  -- Where it lay when it was first seen; `missing`: nowhere, for days.
  placement text check (placement in ('inbox', 'junk', 'missing')),
  found_at timestamptz,
  created_at timestamptz not null default now()
);
-- However often a day is planned, and whoever plans it.
create unique index warmup_messages_planned on warmup_messages (warmup_id, day, nth) where nth is not null;
create unique index warmup_messages_answer on warmup_messages (answers) where answers is not null;
-- What a mailbox has sent on a day.
create index warmup_messages_from on warmup_messages (from_mailbox, day);
-- What is looked for in a mailbox.
create index warmup_messages_unseen on warmup_messages (to_mailbox) where status = 'sent' and placement is null;
-- What is not to be written to it any more.
create index warmup_messages_waiting on warmup_messages (to_mailbox) where status = 'planned';
create index warmup_messages_tenant on warmup_messages (tenant_id, message_id);
create index warmup_messages_email on warmup_messages (email_id) where email_id is not null;

-- What is done with a message where it arrived: each once.
create table warmup_engagements (
  message_id uuid not null references warmup_messages on delete cascade,
  tenant_id text not null,
  -- That the message arrived in.
  mailbox_id uuid not null references warmup_mailboxes on delete cascade,
  action text not null check (action in ('rescue', 'open', 'click', 'important', 'reply')),
  due_at timestamptz not null,
  done_at timestamptz,
  -- Why it was not done.
  skipped text,
  primary key (message_id, action)
);
create index warmup_engagements_open on warmup_engagements (mailbox_id, due_at) where done_at is null;

-- A node that single emails of a group leave from, and no other; null: whichever is free.
alter table email_groups add column node_id text;
