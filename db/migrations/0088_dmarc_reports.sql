-- What mailbox providers say of mail that claims to come from a tenant's domains (DMARC aggregate reports).
create table dmarc_reports (
  report_id bigint generated always as identity primary key,
  tenant_id text not null references tenants,
  -- At which the policy was found.
  domain text not null,
  org_name text not null,
  email text,
  -- The reporter's own id; with its name and the domain it says which report it is.
  reporter_id text not null,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  -- As it was published: p, sp, np, pct, adkim, aspf, isTesting.
  policy jsonb not null,
  records int not null,
  messages bigint not null,
  -- Aligned neither by DKIM nor by SPF.
  failing bigint not null,
  source text not null check (source in ('upload', 'mail')),
  received_at timestamptz not null default now(),
  unique (tenant_id, domain, org_name, reporter_id)
);
-- The list, newest first, and what cleanup removes.
create index dmarc_reports_tenant on dmarc_reports (tenant_id, report_id desc);
create index dmarc_reports_ends_at on dmarc_reports (ends_at);

create table dmarc_records (
  record_id bigint generated always as identity primary key,
  report_id bigint not null references dmarc_reports on delete cascade,
  tenant_id text not null,
  domain text not null,
  -- UTC's, of the middle of the report.
  day date not null,
  source_ip inet not null,
  messages bigint not null,
  disposition text not null check (disposition in ('none', 'pass', 'quarantine', 'reject')),
  dkim_aligned boolean not null,
  spf_aligned boolean not null,
  header_from text not null,
  envelope_from text,
  dkim jsonb not null,
  spf jsonb not null,
  reasons text[] not null
);
-- A report's records in their order, and those that go with it.
create index dmarc_records_report on dmarc_records (report_id, record_id);
-- The summary of a domain.
create index dmarc_records_day on dmarc_records (tenant_id, domain, day);
