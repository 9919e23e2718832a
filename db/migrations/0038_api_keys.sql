-- Who may ask over HTTP. The secret half of a key is kept as its hash: it has 256 random bits, so that no slow hash is needed.
create table api_keys (
  key_id uuid primary key,
  -- Null: of the platform.
  tenant_id text references tenants,
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'owner', 'admin')),
  -- Null: all that the role allows.
  scopes text[],
  -- SHA-256.
  hash bytea not null,
  -- Let in too until then, so that whoever uses the key may change over at any time of a rotation.
  previous_hash bytea,
  previous_until timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz,
  revoked_at timestamptz,
  check ((role = 'admin') = (tenant_id is null))
);
-- Lists, newest first (ids grow with time).
create index api_keys_tenant on api_keys (tenant_id, key_id desc);

-- Answers of requests that came with an Idempotency-Key, for a day.
create table idempotency_keys (
  -- Who asked: keys of one caller are nobody else's.
  owner text not null,
  key text not null,
  -- SHA-256 of method, path and body.
  fingerprint bytea not null,
  -- Null: under way, until then.
  status smallint,
  busy_until timestamptz not null,
  headers jsonb,
  body text,
  created_at timestamptz not null default now(),
  primary key (owner, key)
);
-- What is old goes.
create index idempotency_keys_created on idempotency_keys (created_at);

-- A change over HTTP is written down before it is made; what came of it afterwards. Null: unknown, the process died meanwhile.
alter table audit_log add column outcome text;
