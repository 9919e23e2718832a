-- Dead letters of webhooks name the delivery.
alter table dead_letters
  add column delivery_id bigint references webhook_deliveries on delete cascade,
  drop constraint dead_letters_subject,
  add constraint dead_letters_subject check (num_nonnulls(send_id, email_id, delivery_id) = 1);
create unique index dead_letters_one_open_delivery on dead_letters (delivery_id) where resolved_at is null;

-- Null: every endpoint that wants its type.
alter table webhook_events add column only_webhook_id uuid;
-- Lists of a tenant's deliveries, newest first.
create index webhook_deliveries_tenant on webhook_deliveries (tenant_id, delivery_id desc);
-- Deliveries are found by what is due, urgent ones first.
drop index webhook_deliveries_due;
create index webhook_deliveries_due on webhook_deliveries (webhook_id, priority, next_attempt_at) where status = 'pending';

-- A disabled endpoint is announced to the tenant's other ones.
create function tell_webhook_disabled() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'webhook.disabled', new.webhook_id::text,
    jsonb_build_object('webhook_id', new.webhook_id, 'url', new.url, 'reason', new.disabled_reason));
  return null;
end $$;
create trigger webhook_endpoints_told after update of status on webhook_endpoints
  for each row when (old.status is distinct from new.status and new.status = 'disabled')
  execute function tell_webhook_disabled();
