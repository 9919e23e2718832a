alter table campaigns drop constraint campaigns_kind_check,
  add constraint campaigns_kind_check check (kind in ('broadcast', 'sequence', 'ab-test'));

-- A send to a part of its campaign's audience: contacts whose bucket, 0 to 9999 by a hash, is from the first and below the
-- second. Null: everybody.
alter table campaign_sends
  add column bucket_from int,
  add column bucket_to int,
  -- Also contacts of other buckets that no send of the campaign has.
  add column and_missed boolean not null default false,
  -- Instead of the campaign's.
  add column from_name text,
  add constraint campaign_sends_buckets check ((bucket_from is null) = (bucket_to is null));

create table ab_tests (
  campaign_id uuid primary key references campaigns,
  tenant_id text not null references tenants,
  -- `domain/ab-test`: metric, share, duration, what if nothing is clear. Never changes once saved.
  rules jsonb not null,
  status text not null default 'draft'
    check (status in ('draft', 'testing', 'held', 'sending', 'completed', 'cancelled')),
  paused boolean not null default false,
  -- Null: at once.
  scheduled_at timestamptz,
  started_at timestamptz,
  -- When every variant had been sent, and when the winner is to be chosen.
  tested_at timestamptz,
  decide_at timestamptz,
  -- The choice: by the rules or by a person, for which reason, on which figures, how much later than planned.
  winner int,
  decided_by text check (decided_by in ('rules', 'person')),
  decided_at timestamptz,
  reason text,
  figures jsonb,
  late_ms bigint,
  finished_at timestamptz,
  created_at timestamptz not null default now()
);
create index ab_tests_tenant on ab_tests (tenant_id, created_at desc, campaign_id);

create table ab_test_variants (
  campaign_id uuid not null references ab_tests on delete cascade,
  -- Counts from 1.
  variant int not null,
  tenant_id text not null,
  name text not null,
  template_version_id uuid not null references template_versions,
  -- Null: the campaign's.
  from_name text,
  primary key (campaign_id, variant)
);
