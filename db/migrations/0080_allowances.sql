-- What was drawn of a limit's allowance on one of its days. Redis grants only what stands here: a Redis that forgets, or a
-- process that dies between the two, makes no allowance larger.
create table allowance_days (
  -- Such as 'node:n1' or 'warmup:mailbox/anna@example.com'.
  name text not null,
  -- By the calendar of the configured time zone.
  day date not null,
  drawn bigint not null,
  last_draw bigint not null,
  updated_at timestamptz not null default now(),
  primary key (name, day)
) with (fillfactor = 70);
create index allowance_days_old on allowance_days (day);

-- What a ramp plan allows a node, a domain or a mailbox, and each of them towards one mailbox provider.
create table warmup_allowances (
  -- Such as 'node/n1', 'domain/example.com/gmail', 'mailbox/anna@example.com'.
  key text primary key,
  warmup_id uuid not null,
  -- The day it was planned for; it stays in force until the next one is planned.
  day date not null,
  per_day int not null check (per_day > 0),
  per_hour int check (per_hour > 0),
  updated_at timestamptz not null default now()
);
create index warmup_allowances_warmup on warmup_allowances (warmup_id);
