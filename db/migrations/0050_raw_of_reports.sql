-- The message of a report is its tenant's, as the report is; what is not matched stays the platform's.
drop policy if exists own_tenant on inbound_raw;
create policy own_tenant on inbound_raw to floe_tenant
  using (exists (select from inbound_reports p where p.report_id = inbound_raw.report_id));
