-- Not null: the send's part of the ledger was old and is gone; its counts in campaign_analytics stay.
alter table campaign_sends add column ledger_dropped_at timestamptz;
-- Batches of dropped ledgers are found without reading all sends.
create index campaign_sends_month on campaign_sends (send_month);

-- A send that is taken up again after its ledger is gone must not be counted as empty.
create function keep_counts_of_dropped_ledger() returns trigger language plpgsql as $$
begin
  if exists (select from campaign_sends where send_id = new.send_id and ledger_dropped_at is not null) then
    return null;
  end if;
  return new;
end $$;
create trigger campaign_analytics_keep_counts before update of recipients on campaign_analytics
  for each row execute function keep_counts_of_dropped_ledger();

-- Events arrive in the order of time, so that a summary of each range of blocks finds a day's among years.
create index email_events_occurred on email_events using brin (occurred_at);
create index email_engagements_first on email_engagements using brin (first_at);

-- One day (UTC) of one campaign: recipients of the sends that ended on it, and what recipients did on it. Single emails
-- are in it, under the nil UUID when they are of no campaign.
create table campaign_analytics_daily (
  tenant_id text not null,
  day date not null,
  campaign_id uuid not null,
  recipients bigint not null default 0,
  sent bigint not null default 0,
  bounced bigint not null default 0,
  dead bigint not null default 0,
  suppressed bigint not null default 0,
  opens bigint not null default 0,
  unique_opens bigint not null default 0,
  clicks bigint not null default 0,
  unique_clicks bigint not null default 0,
  unsubscribes bigint not null default 0,
  complaints bigint not null default 0,
  primary key (tenant_id, day, campaign_id)
);
-- A day is written as a whole.
create index campaign_analytics_daily_day on campaign_analytics_daily (day);

create table tenant_analytics_daily (
  tenant_id text not null,
  day date not null,
  recipients bigint not null,
  sent bigint not null,
  bounced bigint not null,
  dead bigint not null,
  suppressed bigint not null,
  opens bigint not null,
  unique_opens bigint not null,
  clicks bigint not null,
  unique_clicks bigint not null,
  unsubscribes bigint not null,
  complaints bigint not null,
  primary key (tenant_id, day)
);
create index tenant_analytics_daily_day on tenant_analytics_daily (day);

create table queue_samples (
  sampled_at timestamptz not null,
  queue text not null,
  kind text not null check (kind in ('activity', 'workflow')),
  -- Tasks that wait, about; and for how long the first of them does.
  backlog bigint not null,
  backlog_age_ms bigint not null,
  primary key (sampled_at, queue, kind)
);

-- What the stalled-job detector and the consistency check found: one row a subject, however often it was seen.
create table maintenance_findings (
  job text not null,
  kind text not null,
  subject_id text not null,
  tenant_id text not null,
  detail text not null,
  -- What was done about it: 'started', 'repaired', or 'reported'.
  action text not null check (action in ('started', 'repaired', 'reported')),
  times int not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (job, kind, subject_id)
);
create index maintenance_findings_seen on maintenance_findings (last_seen_at);
