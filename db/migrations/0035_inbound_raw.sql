-- What a mailbox is polled for does not say whose it is before it is read.
alter table inbound_messages
  alter column send_id drop not null,
  alter column contact_id drop not null;

alter table inbound_reports
  drop constraint inbound_reports_kind_check,
  add constraint inbound_reports_kind_check
    check (kind in ('bounce', 'complaint', 'delay', 'auto-reply', 'reply', 'unsubscribe', 'other')),
  -- Of one that is not matched, what it says itself: anybody can write that, so that it only helps a person.
  add column claimed_address text,
  add column claimed_message_id text;
-- Lists what is not matched, newest first.
create index inbound_reports_unmatched on inbound_reports (report_id desc) where result = 'unmatched';
-- Old ones are removed without reading the others.
create index inbound_reports_received on inbound_reports using brin (received_at);

-- The message itself, so that a person can look at it and a better reader can read it again; kept for a shorter time.
create table inbound_raw (
  report_id bigint primary key references inbound_reports on delete cascade,
  -- Its first MiB.
  raw bytea not null,
  received_at timestamptz not null
);
create index inbound_raw_received on inbound_raw using brin (received_at);

-- Not validated: the rows that stand keep to the narrower rule, and reading them all would hold up whoever records.
alter table email_events
  drop constraint email_events_kind_check,
  add constraint email_events_kind_check
    check (kind in ('open', 'click', 'unsubscribe', 'bounce', 'complaint', 'reply')) not valid;
alter table campaign_analytics add column replies bigint not null default 0;
