-- Who asked for it, as the audit log names people and keys; null: Floe itself, or whoever uses the SDK and did not say. Emails
-- and events are too many for an audit line each.
alter table emails add column requested_by text;
alter table webhook_events add column requested_by text;
