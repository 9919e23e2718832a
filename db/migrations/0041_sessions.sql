-- Who is signed in, where. A session that ended is not here any more; the audit log tells that it was.
create table sessions (
  session_id uuid primary key,
  user_id uuid not null references users,
  -- SHA-256 of what the cookie holds, which has 256 random bits.
  hash bytea not null unique,
  method text not null check (method in ('password', 'oidc')),
  -- A second factor was shown.
  second_factor boolean not null,
  address text not null,
  user_agent text,
  created_at timestamptz not null default now(),
  -- To the minute.
  last_seen_at timestamptz not null default now(),
  -- At the latest.
  expires_at timestamptz not null
);
-- Sessions of somebody: listed, ended, and what is old of them goes when they sign in again.
create index sessions_user on sessions (user_id);

create policy nobody on sessions to floe_tenant using (false);
