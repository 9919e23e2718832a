-- What DNS blacklists say of the addresses and domains that mail leaves from.

alter table nodes
  -- Addresses that its mail comes from; empty: those that its host leads to, of our own nodes.
  add column sending_ips text[] not null default '{}',
  -- Nothing leaves from it any more once one of its addresses or its return-path domain is listed.
  add column pause_when_listed boolean not null default false;

-- What the hosts of our own nodes led to when they were last looked up.
create table node_addresses (
  node_id text not null references nodes on delete cascade,
  address text not null,
  primary key (node_id, address)
);

-- What each list says now. `*` owns what belongs to nodes that every tenant may use.
create table blacklist_standings (
  tenant_id text not null,
  subject text not null,
  zone text not null,
  kind text not null check (kind in ('ipv4', 'ipv6', 'domain')),
  -- `unknown`: the list has never answered.
  status text not null check (status in ('listed', 'clean', 'unknown')),
  codes text[] not null default '{}',
  meaning text,
  removal_url text,
  -- Why the last answer said nothing; null: it did.
  error text,
  since timestamptz not null default now(),
  checked_at timestamptz not null default now(),
  primary key (tenant_id, subject, zone)
);
-- Listings are few, and asked for most.
create index blacklist_standings_listed on blacklist_standings (tenant_id, subject) where status = 'listed';

create table blacklist_changes (
  change_id bigint generated always as identity primary key,
  tenant_id text not null,
  subject text not null,
  zone text not null,
  kind text not null,
  change text not null check (change in ('listed', 'delisted')),
  codes text[] not null default '{}',
  meaning text,
  -- Nodes that were paused for it.
  paused_nodes text[] not null default '{}',
  happened_at timestamptz not null default now()
);
create index blacklist_changes_tenant on blacklist_changes (tenant_id, change_id);

-- Whether lists can be believed: found out by their test entries before each check.
create table blacklist_lists (
  zone text not null,
  kind text not null check (kind in ('ipv4', 'ipv6', 'domain')),
  healthy boolean not null,
  reason text,
  since timestamptz not null default now(),
  checked_at timestamptz not null default now(),
  primary key (zone, kind)
);

-- What belongs to nodes that everybody may use can be read by everybody, as the nodes can.
create policy own_tenant on blacklist_standings to floe_tenant
  using (tenant_sees(tenant_id) or tenant_id = '*') with check (tenant_sees(tenant_id));
create policy own_tenant on blacklist_changes to floe_tenant
  using (tenant_sees(tenant_id) or tenant_id = '*') with check (tenant_sees(tenant_id));
create policy everybody on blacklist_lists to floe_tenant using (true) with check (tenant_sees(null));
create policy own_tenant on node_addresses to floe_tenant
  using (exists (select from nodes p where p.node_id = node_addresses.node_id));
