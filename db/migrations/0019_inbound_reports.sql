-- Mail that came back: one row a report, by the digest of its bytes, so that a report told twice counts once.
create table inbound_reports (
  report_id bigint generated always as identity primary key,
  digest bytea not null unique,
  -- Null: it names no recipient of ours.
  tenant_id text,
  send_id uuid,
  contact_id bigint,
  kind text not null check (kind in ('bounce', 'complaint', 'delay', 'auto-reply', 'other')),
  bounce_class text check (bounce_class in ('hard', 'soft', 'policy', 'content', 'our-fault')),
  enhanced_code text,
  diagnostic text,
  result text not null check (result in ('recorded', 'suppressed', 'ignored', 'unmatched')),
  received_at timestamptz not null default now()
);
-- Lists a tenant's reports, newest first.
create index inbound_reports_tenant on inbound_reports (tenant_id, report_id desc) where tenant_id is not null;
