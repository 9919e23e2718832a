-- One list of all work, newest first: each kind gives its part by a range of one index, for each status.

-- Single emails by how they stand; their ids are in the order of time. A settlement now writes three small index entries
-- besides its row: some microseconds of an email that has its part in a workflow.
create index email_recipients_status on email_recipients (tenant_id, status, email_id desc);
-- Those of a rare lane among many others.
create index email_groups_lane on email_groups (tenant_id, lane);
create index webhook_deliveries_status on webhook_deliveries (tenant_id, status, created_at desc, delivery_id desc);
create index campaign_sends_status on campaign_sends (tenant_id, status, created_at desc, send_id desc);
create index lead_imports_status on lead_imports (tenant_id, status, created_at desc, import_id desc);
create index exports_status on exports (tenant_id, status, created_at desc, export_id desc);
create index job_graph_runs_status on job_graph_runs (tenant_id, status, created_at desc, run_id desc);

-- Jobs that a person took out of the list. What they did stays where it is counted.
create table job_removals (
  tenant_id text not null references tenants,
  kind text not null,
  -- Of its kind: of the email, delivery, send, import, …
  job_id text not null,
  removed_at timestamptz not null default now(),
  primary key (tenant_id, kind, job_id)
);
-- What cleanup looks for.
create index job_removals_old on job_removals (removed_at);
