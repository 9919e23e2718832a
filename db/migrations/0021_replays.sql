-- Who did what to whose data, and how it was before.
create table audit_log (
  audit_id bigint generated always as identity primary key,
  tenant_id text not null,
  actor text not null,
  -- dead_letters.edit, dead_letters.replay, …
  action text not null,
  subject text not null,
  reason text,
  before jsonb,
  after jsonb,
  at timestamptz not null default now()
);
create index audit_log_tenant on audit_log (tenant_id, audit_id desc);
-- How many letters were ever purged: what metrics ask.
create index audit_log_purges on audit_log (audit_id) where action = 'dead_letters.purge';

-- Letters that are tried again together, at a rate.
create table dead_letter_replays (
  replay_id uuid primary key,
  tenant_id text not null references tenants,
  -- What was asked for; what it came to then are its items.
  filter jsonb not null,
  status text not null default 'running' check (status in ('running', 'paused', 'completed', 'cancelled')),
  per_second double precision not null check (per_second > 0),
  items int not null,
  replayed int not null default 0,
  refused int not null default 0,
  created_at timestamptz not null default now(),
  -- Of its last page.
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);
-- Lists, newest first (ids grow with time).
create index dead_letter_replays_tenant on dead_letter_replays (tenant_id, replay_id desc);

-- A fixed snapshot: letters that come later are not of it.
create table dead_letter_replay_items (
  replay_id uuid not null references dead_letter_replays on delete cascade,
  dead_letter_id bigint not null,
  -- `revived`: its work stands as open, and nobody may have been told yet.
  state text not null default 'waiting' check (state in ('waiting', 'revived', 'replayed', 'refused', 'cancelled')),
  -- Why it was refused.
  reason text,
  primary key (replay_id, dead_letter_id)
);
-- What the next page holds, and what a process that died has left untold.
create index dead_letter_replay_items_open on dead_letter_replay_items (replay_id, state, dead_letter_id)
  where state in ('waiting', 'revived');
-- Whether a letter is still to be taken up: a purge leaves it.
create index dead_letter_replay_items_letter on dead_letter_replay_items (dead_letter_id)
  where state in ('waiting', 'revived');
