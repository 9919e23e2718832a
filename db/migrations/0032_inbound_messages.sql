-- What came back to a return path and waits to be read: stored before the other side is told that it was taken, gone in the
-- transaction that records its report.
create table inbound_messages (
  message_id bigint generated always as identity primary key,
  -- SHA-256 of the return path and the message: what is transmitted twice is one message.
  digest bytea not null unique,
  -- Whose mail it is about: a send and a contact, or a single email and the position of its recipient.
  send_id uuid not null,
  contact_id bigint not null,
  raw bytea not null,
  received_at timestamptz not null default now()
);
