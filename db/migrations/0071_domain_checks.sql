-- How the domains that mail comes from are authenticated, as looked up in DNS. A row is what stood from `checked_at` to
-- `seen_at`: a check that finds the same only moves the latter, so that rows are the history of changes.
create table domain_checks (
  check_id bigint generated always as identity primary key,
  tenant_id text not null,
  domain text not null,
  status text not null check (status in ('pass', 'warning', 'fail', 'unknown')),
  findings jsonb not null,
  checked_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
-- The last of a domain, and what came before it.
create index domain_checks_domain on domain_checks (tenant_id, domain, check_id desc);
