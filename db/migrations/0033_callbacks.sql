-- Who told: a message that came back, a mailbox that was read, or a provider that carried the mail.
alter table inbound_reports add column source text not null default 'smtp'
  check (source in ('smtp', 'imap', 'ses', 'sendgrid', 'mailgun', 'postmark'));

-- Events of providers that were followed, so that one told twice counts once. What is known of them stands elsewhere: in
-- inbound_reports what came back, in email_events what recipients did.
create table callback_events (
  -- SHA-256 of the provider and its name of the event.
  digest bytea primary key,
  -- SHA-256 of a token that may be shown once, where that is all a signature covers (Mailgun).
  token bytea unique,
  received_at timestamptz not null default now()
);
-- Cleanup finds old ones without reading the others.
create index callback_events_received on callback_events using brin (received_at);

-- Recipients whose server took the message, as the provider that carries it tells.
alter table campaign_analytics add column delivered bigint not null default 0;
