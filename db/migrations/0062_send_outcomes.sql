-- What the server said to those that it did not take; null for the others.
alter table email_sends add column reply_text text;

-- How a send goes by mailbox provider and why it was not got, as last counted: whoever looks again soon reads this, and it
-- stays when the ledger's month is dropped.
create table send_outcomes (
  send_id uuid primary key references campaign_sends on delete cascade,
  tenant_id text not null,
  counted_at timestamptz not null,
  -- How long counting took: the longer, the more seldom it is done.
  took_ms int not null,
  providers jsonb not null,
  reasons jsonb not null
);
