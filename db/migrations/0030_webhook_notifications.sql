-- A disabled endpoint cannot be told; the tenant's people are.
create or replace function tell_webhook_disabled() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'webhook.disabled', new.webhook_id::text,
    jsonb_build_object('webhook_id', new.webhook_id, 'url', new.url, 'reason', new.disabled_reason));
  insert into notifications (tenant_id, kind, subject_id, title, text)
  values (new.tenant_id, 'webhook.disabled', new.webhook_id::text, 'A webhook was disabled',
    format('%s is not told of events any more: %s. They are kept; resume it when it works again.', new.url,
      case new.disabled_reason
        when 'gone' then 'it answered 410 Gone'
        when 'failing' then 'it has failed for days'
        else new.disabled_reason
      end));
  return null;
end $$;
