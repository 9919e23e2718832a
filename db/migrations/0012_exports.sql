-- A CSV file that was asked for, and what became of it.
create table exports (
  export_id uuid primary key,
  tenant_id text not null references tenants,
  kind text not null check (kind in ('contacts', 'sends', 'events', 'analytics')),
  -- {"list": …, "segment": …, "sendId": …, "campaignId": …, "eventKinds": […], "from": …, "to": …}
  filter jsonb not null default '{}',
  -- False: what a spreadsheet would run as a formula is made plain text.
  raw boolean not null,
  gzip boolean not null,
  file_url text not null,
  status text not null default 'pending'
    check (status in ('pending', 'processing', 'completed', 'cancelled', 'failed', 'expired')),
  error text,
  columns text[],
  -- Counted before the first is written; null until then.
  rows_total bigint,
  rows_written bigint not null default 0,
  bytes bigint not null default 0,
  -- The attempt that writes the file: another one's word does not count.
  owner_token uuid,
  keep_days int not null check (keep_days between 1 and 365),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- When the file goes.
  expires_at timestamptz
);
create index exports_tenant on exports (tenant_id, created_at desc, export_id);
-- Two exports never write one file.
create unique index exports_file on exports (file_url) where status in ('pending', 'processing', 'completed');
-- What cleanup looks for.
create index exports_expiring on exports (expires_at) where status = 'completed';
