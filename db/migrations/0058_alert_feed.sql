-- By the transaction that wrote it: whoever reads behind one that has ended misses nothing that appears later.
alter table alert_history add column transaction xid8 not null default pg_current_xact_id();
create index alert_history_feed on alert_history (tenant_id, transaction, history_id);
