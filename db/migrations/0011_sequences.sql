-- A campaign is one message to an audience, or a sequence of steps. The first step's template stands in the campaign.
alter table campaigns add column kind text not null default 'broadcast' check (kind in ('broadcast', 'sequence'));

create table sequences (
  campaign_id uuid primary key references campaigns,
  tenant_id text not null references tenants,
  -- `domain/sequence-rules`: steps, exits, business hours, what is late. Never changes once saved.
  rules jsonb not null,
  status text not null default 'draft' check (status in ('draft', 'running', 'paused', 'cancelled', 'completed')),
  -- A wave takes all who are due at one instant, in pages. Null: none is being taken.
  wave int not null default 1,
  wave_at timestamptz,
  wave_cursor bigint not null default 0,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now()
);
create index sequences_tenant on sequences (tenant_id, created_at desc, campaign_id);

-- Who is to be enrolled: the campaign's audience at the start, others later. Taken in pages behind the cursor.
create table sequence_audiences (
  audience_id uuid primary key,
  campaign_id uuid not null references sequences,
  tenant_id text not null,
  list_id uuid references lists on delete cascade,
  segment_id uuid references segments on delete cascade,
  contact_ids bigint[],
  cursor bigint not null default 0,
  done boolean not null default false,
  created_at timestamptz not null default now(),
  check (num_nonnulls(list_id, segment_id, contact_ids) = 1)
);
-- What the sequence's workflow looks for whenever it wakes.
create index sequence_audiences_open on sequence_audiences (campaign_id, created_at) where not done;

-- One contact's place in one sequence. A deleted contact leaves its sequences.
create table sequence_enrollments (
  campaign_id uuid not null references sequences,
  contact_id bigint not null references contacts on delete cascade,
  tenant_id text not null,
  status text not null default 'active' check (status in ('active', 'finished', 'exited', 'cancelled')),
  -- Counts from 1.
  next_step int not null default 1,
  -- When the step is wanted, and when to look: later than wanted when business hours have not begun.
  planned_for timestamptz not null,
  due_at timestamptz not null,
  exit_reason text,
  enrolled_at timestamptz not null,
  ended_at timestamptz,
  primary key (campaign_id, contact_id)
);
-- Who is due, and when the next one will be: one look-up for the workflow, however many wait.
create index sequence_enrollments_due on sequence_enrollments (campaign_id, due_at) where status = 'active';
-- Deleting a contact finds its enrollments.
create index sequence_enrollments_contact on sequence_enrollments (contact_id);

-- What became of each step of each contact, once: written with the ledger's row and the enrollment's next step.
create table sequence_step_results (
  campaign_id uuid not null references sequences,
  contact_id bigint not null,
  step int not null,
  tenant_id text not null,
  result text not null check (result in ('sent', 'skipped')),
  -- Of a skipped one: 'condition' or 'late'.
  reason text,
  late_ms bigint not null default 0,
  send_id uuid,
  decided_at timestamptz not null,
  primary key (campaign_id, contact_id, step)
);
