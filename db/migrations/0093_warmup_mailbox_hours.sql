-- What became of mail from an address that warms up as a mailbox, by the hour: what its health is judged by. Written with
-- delivery_hours, and in its way; of addresses that do not warm up nothing is kept.
create table warmup_mailbox_hours (
  tenant_id text not null,
  -- Lower-case From address.
  address text not null,
  hour timestamptz not null,
  teller uuid not null,
  accepted bigint not null default 0,
  deferred bigint not null default 0,
  bounced bigint not null default 0,
  -- Of messages that were taken, each counted once: came back, complained of.
  returned bigint not null default 0,
  complained bigint not null default 0,
  primary key (tenant_id, address, hour, teller)
) with (fillfactor = 70);
