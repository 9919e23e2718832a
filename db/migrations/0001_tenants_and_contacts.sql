-- A tenant is a customer: every row, key, permit and metric belongs to one.
create table tenants (
  tenant_id text primary key check (tenant_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  name text not null,
  -- 'auto': internal nodes first, an ESP relay as overflow; 'internal': never a relay; else the relay's provider name.
  provider_choice text not null default 'auto',
  created_at timestamptz not null default now()
);

create table contacts (
  contact_id bigint generated always as identity primary key,
  tenant_id text not null references tenants,
  email text not null,
  domain text not null,
  first_name text,
  last_name text,
  name text,
  -- IANA name; null: the campaign's own time zone.
  time_zone text,
  attributes jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- One contact an address and tenant: what an import's upsert conflicts on.
create unique index contacts_tenant_email on contacts (tenant_id, email);
-- Snapshot of a whole tenant or segment, by keyset.
create index contacts_tenant_id on contacts (tenant_id, contact_id);

create table lists (
  list_id uuid primary key,
  tenant_id text not null references tenants,
  name text not null,
  contact_count bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (tenant_id, name)
);

-- The key is also the order in which a snapshot walks a list.
create table list_contacts (
  list_id uuid not null references lists on delete cascade,
  contact_id bigint not null references contacts on delete cascade,
  primary key (list_id, contact_id)
);
create index list_contacts_contact on list_contacts (contact_id);

create table segments (
  segment_id uuid primary key,
  tenant_id text not null references tenants,
  name text not null,
  filter jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, name)
);

-- Who must not be written to: by one tenant, or by everybody (tenant_id = '*').
create table suppressions (
  tenant_id text not null,
  kind text not null check (kind in ('address', 'domain')),
  value text not null,
  reason text not null check (reason in ('unsubscribed', 'bounced', 'complained', 'manual')),
  send_id uuid,
  created_at timestamptz not null default now(),
  -- Value first: a snapshot probes it with an address and finds every tenant's row on one page.
  primary key (value, kind, tenant_id)
);
create index suppressions_tenant on suppressions (tenant_id, created_at);
