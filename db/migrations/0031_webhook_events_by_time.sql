-- Cleanup finds old events without reading the others.
create index webhook_events_created on webhook_events using brin (created_at);
