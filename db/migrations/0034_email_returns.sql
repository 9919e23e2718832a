-- Mail that was accepted and came back: one row a recipient, beside the ledger, which keeps `sent`.
create table email_returns (
  -- A send's id and a contact's, or a single email's and the position of its recipient.
  send_id uuid not null,
  contact_id bigint not null,
  tenant_id text not null,
  email text not null,
  bounce_class text not null check (bounce_class in ('hard', 'soft', 'policy', 'content', 'our-fault')),
  enhanced_code text,
  diagnostic text not null,
  returned_at timestamptz not null,
  primary key (send_id, contact_id)
);
-- How often mail to an address has come back of late.
create index email_returns_address on email_returns (tenant_id, email, returned_at);
-- A day's are counted, and old ones removed, without reading the others.
create index email_returns_returned on email_returns using brin (returned_at);
-- What single emails an address got meanwhile.
create index email_recipients_address on email_recipients (tenant_id, email);

alter table suppressions
  drop constraint suppressions_reason_check,
  add constraint suppressions_reason_check
    check (reason in ('unsubscribed', 'bounced', 'bounced-repeatedly', 'complained', 'manual'));

-- Of those that are counted as sent.
alter table campaign_analytics add column returned bigint not null default 0;
alter table campaign_analytics_daily add column returned bigint not null default 0;
alter table tenant_analytics_daily add column returned bigint not null default 0;
