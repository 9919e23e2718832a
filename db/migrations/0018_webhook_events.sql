-- What is worth telling of work that changes its state, written by whichever statement changes it. Settlements and what
-- recipients do are many at once, and are told by the statements that record them.

create function tell_send() returns trigger language plpgsql as $$
declare
  ids jsonb := jsonb_build_object('send_id', new.send_id, 'campaign_id', new.campaign_id);
  happened text := case
    when new.status = 'paused' then 'campaign.paused'
    when old.status = 'paused' and new.status in ('scheduled', 'sending') then 'campaign.resumed'
    when old.status = 'scheduled' and new.status = 'sending' then 'campaign.started'
    when new.status in ('completed', 'cancelled') then 'campaign.' || new.status
  end;
begin
  -- A sequence's sends are steps of it, and tell nothing of their own.
  if happened is null or not webhook_wants(new.tenant_id, happened)
    or not exists (select from campaigns where campaign_id = new.campaign_id and kind = 'broadcast') then
    return null;
  end if;
  if new.status in ('completed', 'cancelled') then
    ids := ids || (
      select jsonb_build_object('recipients', a.recipients, 'sent', a.sent, 'bounced', a.bounced, 'dead', a.dead,
        'suppressed', a.suppressed, 'cancelled', a.cancelled, 'unknown', a.unknown)
      from campaign_analytics a where a.send_id = new.send_id);
  end if;
  perform tell_webhooks(new.tenant_id, happened, new.send_id::text, ids);
  return null;
end $$;
create trigger campaign_sends_told after update of status on campaign_sends
  for each row when (old.status is distinct from new.status) execute function tell_send();

create function tell_import() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'import.' || new.status, new.import_id::text,
    jsonb_build_object('import_id', new.import_id, 'rows_read', new.rows_read, 'rows_imported', new.rows_imported,
      'rows_created', new.rows_created, 'rows_refused', new.rows_refused)
    || case when new.status = 'failed' then jsonb_build_object('error', new.error) else '{}' end);
  return null;
end $$;
create trigger lead_imports_told after update of status on lead_imports
  for each row when (old.status is distinct from new.status and new.status in ('completed', 'failed'))
  execute function tell_import();

create function tell_export() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'export.' || new.status, new.export_id::text,
    jsonb_build_object('export_id', new.export_id, 'kind', new.kind)
    || case when new.status = 'failed' then jsonb_build_object('error', new.error)
       else jsonb_build_object('rows', new.rows_written, 'bytes', new.bytes, 'expires_at', new.expires_at) end);
  return null;
end $$;
create trigger exports_told after update of status on exports
  for each row when (old.status is distinct from new.status and new.status in ('completed', 'failed'))
  execute function tell_export();

-- A node that every tenant may use is nobody's own.
create function tell_node() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, case new.status when 'paused' then 'node.paused' else 'node.resumed' end,
    new.node_id, jsonb_build_object('node_id', new.node_id));
  return null;
end $$;
create trigger nodes_told after update of status on nodes
  for each row when (old.status is distinct from new.status and new.tenant_id is not null)
  execute function tell_node();

create function tell_sequence() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id,
    'sequence.' || case
      when new.status <> 'running' then new.status
      when old.status = 'paused' then 'resumed'
      else 'started'
    end,
    new.campaign_id::text, jsonb_build_object('sequence_id', new.campaign_id));
  return null;
end $$;
create trigger sequences_told after update of status on sequences
  for each row when (old.status is distinct from new.status) execute function tell_sequence();

create function tell_graph_run() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id, 'job_graph.' || new.status, new.run_id::text,
    jsonb_build_object('run_id', new.run_id,
      'graph', (select name from job_graphs where graph_id = new.graph_id)));
  return null;
end $$;
create trigger job_graph_runs_told after update of status on job_graph_runs
  for each row when (old.status is distinct from new.status and new.status in ('completed', 'failed', 'cancelled'))
  execute function tell_graph_run();

-- The choice stands before the winner's send begins: in the update that writes it, or in the one after.
create function tell_ab_test() returns trigger language plpgsql as $$
begin
  perform tell_webhooks(new.tenant_id,
    'ab_test.' || case new.status when 'testing' then 'started' when 'sending' then 'decided' else new.status end,
    new.campaign_id::text,
    jsonb_build_object('campaign_id', new.campaign_id)
    || case when new.status in ('sending', 'completed')
       then jsonb_build_object('winner', new.winner, 'decided_by', new.decided_by) else '{}' end
    || case when new.status in ('sending', 'held') then jsonb_build_object('reason', new.reason) else '{}' end);
  return null;
end $$;
create trigger ab_tests_told after update of status on ab_tests
  for each row when (old.status is distinct from new.status) execute function tell_ab_test();
