import type pg from "pg";

/**
 * Opens the work of dead letters again, inside the transaction that keeps account of them. Each statement resolves the
 * letters whose work it opened, and returns their ids; work that cannot be tried again leaves its letter open.
 */

/** Recipients of campaigns: the send's row is locked, so that they belong to the next retry round and to none that runs. */
export function reviveRecipients(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  return revive(
    client,
    tenantId,
    ids,
  )(
    `with letters as (
       select dead_letter_id, send_id, contact_id from dead_letters
       where tenant_id = $1 and dead_letter_id = any ($2::bigint[]) and send_id is not null and resolved_at is null
     ), sends as materialized (
       select send_id, send_month from campaign_sends
       where tenant_id = $1 and send_id in (select send_id from letters) and status not in ('cancelling', 'cancelled')
       order by send_id for no key update
     ), revived as (
       update email_sends r set status = 'deferred', attempts = 0, settled_at = clock_timestamp()
       from letters l join sends s on s.send_id = l.send_id
       where r.send_month = s.send_month and r.send_id = l.send_id and r.contact_id = l.contact_id
         and r.tenant_id = $1 and r.status = 'dead'
       returning l.dead_letter_id, l.send_id
     ), counted as (
       update campaign_sends s set revived = s.revived + c.count
       from (select send_id, count(*) from revived group by send_id) c
       where s.send_id = c.send_id
     )
     update dead_letters d set resolved_at = now(), resolution = 'retried'
     from revived r where d.dead_letter_id = r.dead_letter_id and d.tenant_id = $1
     returning d.dead_letter_id as id`,
  );
}

export function reviveEmails(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  return revive(
    client,
    tenantId,
    ids,
  )(
    `with revived as (
       update email_recipients r set status = 'deferred', attempts = 0, settled_at = now()
       from dead_letters l
       where l.tenant_id = $1 and l.dead_letter_id = any ($2::bigint[]) and l.resolved_at is null
         and r.email_id = l.email_id and r.position = l.email_position and r.tenant_id = $1 and r.status = 'dead'
       returning l.dead_letter_id, r.group_id
     ), reopened as (
       update email_groups set finished_at = null where group_id in (select group_id from revived)
     )
     update dead_letters d set resolved_at = now(), resolution = 'retried'
     from revived r where d.dead_letter_id = r.dead_letter_id and d.tenant_id = $1
     returning d.dead_letter_id as id`,
  );
}

/** Attempts go on counting: none is written over. */
export function reviveDeliveries(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  return revive(
    client,
    tenantId,
    ids,
  )(
    `with revived as (
       update webhook_deliveries w set status = 'pending', next_attempt_at = now(), finished_at = null
       from dead_letters l
       where l.tenant_id = $1 and l.dead_letter_id = any ($2::bigint[]) and l.resolved_at is null
         and w.delivery_id = l.delivery_id and w.tenant_id = $1 and w.status = 'dead'
       returning l.dead_letter_id
     )
     update dead_letters d set resolved_at = now(), resolution = 'retried'
     from revived r where d.dead_letter_id = r.dead_letter_id and d.tenant_id = $1
     returning d.dead_letter_id as id`,
  );
}

/** Imports go on behind their last committed chunk, exports begin their file anew, of a run all that failed is resumed. */
export function reviveJobs(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  return revive(
    client,
    tenantId,
    ids,
  )(
    `with letters as (
       select dead_letter_id, import_id, export_id, run_id from dead_letters
       where tenant_id = $1 and dead_letter_id = any ($2::bigint[]) and kind = 'job' and resolved_at is null
     ), imports as (
       update lead_imports i set status = 'pending', error = null, finished_at = null from letters l
       where i.import_id = l.import_id and i.tenant_id = $1 and i.status = 'failed'
       returning i.import_id as id, l.dead_letter_id, open_progress(i.import_id, i.tenant_id, i.user_id, 'import')
     ), exports as (
       update exports e set status = 'pending', error = null, finished_at = null from letters l
       where e.export_id = l.export_id and e.tenant_id = $1 and e.status = 'failed'
         and not exists (select from exports o
           where o.file_url = e.file_url and o.status in ('pending', 'processing', 'completed'))
       returning e.export_id as id, l.dead_letter_id, open_progress(e.export_id, e.tenant_id, null, 'export')
     ), revived as (
       select dead_letter_id from imports
       union all
       select dead_letter_id from exports
       union all
       select l.dead_letter_id from letters l join job_graph_runs r on r.run_id = l.run_id
       where r.tenant_id = $1 and r.status in ('failed', 'cancelled')
     )
     update dead_letters d set resolved_at = now(), resolution = 'retried'
     from revived r where d.dead_letter_id = r.dead_letter_id and d.tenant_id = $1
     returning d.dead_letter_id as id`,
  );
}

function revive(client: pg.PoolClient, tenantId: string, ids: string[]) {
  return async (text: string): Promise<string[]> => {
    const { rows } = await client.query<{ id: string }>(text, [tenantId, ids]);
    return rows.map(({ id }) => id);
  };
}
