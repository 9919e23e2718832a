-- What became of mail, by the hour, the node it left from, its sender's domain and who runs the mailbox: what ramps, health
-- checks and reputation are judged by. Each worker process tells its hours as they stand, so that telling again changes
-- nothing; what comes back later is told by who records it, under no process's name.
create table delivery_hours (
  hour timestamptz not null,
  teller uuid not null,
  tenant_id text not null,
  node_id text not null,
  from_domain text not null,
  mailbox_provider text not null,
  -- Answers to attempts: taken; told to come again; no such mailbox; refused for another reason.
  accepted bigint not null default 0,
  deferred bigint not null default 0,
  bounced bigint not null default 0,
  rejected bigint not null default 0,
  -- Of messages that were taken, each counted once: came back, complained of, opened, clicked.
  returned bigint not null default 0,
  complained bigint not null default 0,
  opened bigint not null default 0,
  clicked bigint not null default 0,
  primary key (hour, teller, tenant_id, node_id, from_domain, mailbox_provider)
) with (fillfactor = 70);
create index delivery_hours_node on delivery_hours (node_id, hour);
create index delivery_hours_domain on delivery_hours (from_domain, hour);

-- By the calendar of a time zone; where it is not whole hours from UTC, the hour of midnight belongs to the day before.
create function delivery_days(zone text) returns table (
  tenant_id text, node_id text, from_domain text, mailbox_provider text, day date, accepted bigint, deferred bigint,
  bounced bigint, rejected bigint, returned bigint, complained bigint, opened bigint, clicked bigint
) language sql stable as $$
  select h.tenant_id, h.node_id, h.from_domain, h.mailbox_provider, (h.hour at time zone zone)::date, h.accepted,
    h.deferred, h.bounced, h.rejected, h.returned, h.complained, h.opened, h.clicked
  from delivery_hours h
$$;
