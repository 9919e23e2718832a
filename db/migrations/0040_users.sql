-- People, and what each may do where.
create table users (
  user_id uuid primary key,
  -- In lower case.
  email text not null unique,
  name text not null,
  -- Of the platform: may everything, everywhere.
  admin boolean not null default false,
  -- Argon2id, as a PHC string. Null: nobody is let in by a password.
  password_hash text,
  -- Of a password that was given to them: it is to be changed at the next sign-in, until then. Null: it is their own.
  password_expires_at timestamptz,
  -- Sealed.
  totp_secret text,
  -- Null: it is being set up, and not asked for yet.
  totp_confirmed_at timestamptz,
  -- Counter of the last code that was taken: it and what came before it are not taken again (RFC 6238, 5.2).
  totp_last_step bigint,
  disabled_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz
);

create table memberships (
  tenant_id text not null references tenants,
  user_id uuid not null references users,
  role text not null check (role in ('viewer', 'operator', 'owner')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
-- Where somebody who signs in belongs to.
create index memberships_user on memberships (user_id);

-- Who an identity provider says somebody is (OpenID Connect): a subject stays the same when the address changes.
create table user_identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null references users,
  created_at timestamptz not null default now(),
  primary key (issuer, subject)
);

-- In place of a code of TOTP, each once. SHA-256: they have 80 random bits.
create table recovery_codes (
  user_id uuid not null references users,
  hash bytea not null,
  used_at timestamptz,
  primary key (user_id, hash)
);

-- Links by which somebody joins, each once.
create table invitations (
  invitation_id uuid primary key,
  -- Null: to the platform.
  tenant_id text references tenants,
  email text not null,
  role text not null check (role in ('viewer', 'operator', 'owner', 'admin')),
  -- SHA-256 of the link's token, which has 256 random bits.
  hash bytea not null unique,
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  withdrawn_at timestamptz,
  check ((role = 'admin') = (tenant_id is null))
);
-- Lists, newest first (ids grow with time).
create index invitations_tenant on invitations (tenant_id, invitation_id desc);

alter table tenants add column require_totp boolean not null default false;

-- What lets people in is not seen by what serves tenants, whoever asks.
create policy nobody on users to floe_tenant using (false);
create policy nobody on memberships to floe_tenant using (false);
create policy nobody on user_identities to floe_tenant using (false);
create policy nobody on recovery_codes to floe_tenant using (false);
create policy nobody on invitations to floe_tenant using (false);
