import type pg from "pg";
import type { ProgressKind } from "../domain/progress.js";

/** Of a send `s`. */
const batchCounts = `
  select coalesce(sum(sent), 0)::bigint as sent, coalesce(sum(failed), 0)::bigint as failed
  from campaign_send_batches where send_id = s.send_id`;

/** Of an operation, as `status, total, processed, failed, message`; `p` is its row of `progress_tracking`. */
const standings: Record<ProgressKind, string> = {
  import: `
    select p.id, p.updated_at,
      case i.status when 'processing' then 'running' else i.status end as status,
      case when i.status in ('pending', 'processing')
        then round(i.rows_read::numeric * i.total_bytes / nullif(i.processed_bytes, 0))::bigint
        else i.rows_read end as total,
      i.rows_read as processed, i.rows_refused as failed, i.error as message
    from progress_tracking p join lead_imports i on i.import_id = p.id and i.tenant_id = p.tenant_id
    where p.kind = 'import' and p.finished_at is null`,

  // The file of a completed one expires later.
  export: `
    select p.id, p.updated_at,
      case e.status when 'processing' then 'running' when 'expired' then 'completed' else e.status end,
      e.rows_total, e.rows_written, 0, e.error
    from progress_tracking p join exports e on e.export_id = p.id and e.tenant_id = p.tenant_id
    where p.kind = 'export' and p.finished_at is null`,

  // The batches' counts, as the send's own progress adds them up; a closed send has exact ones. One that rests is
  // counted no more once its last batches have settled; materialized, because the planner would count first and ask then.
  send: `
    (with open as materialized (
      select p.id, p.updated_at, m.status, s.send_id, s.snapshot_done, s.recipients, s.revived,
        s.status = 'cancelling' as cancelling
      from progress_tracking p join campaign_sends s on s.send_id = p.id and s.tenant_id = p.tenant_id
      cross join lateral (
        select case when s.status in ('sending', 'cancelling') then 'running' when s.status = 'scheduled' then 'pending'
          else s.status end as status
      ) m
      where p.kind = 'send' and p.finished_at is null
        and (m.status = 'running' or m.status <> p.status or p.updated_at > now() - interval '1 minute')
    )
    select s.id, s.updated_at, s.status,
      case when s.snapshot_done then s.recipients end,
      coalesce(a.recipients, b.sent + greatest(0, b.failed - s.revived)),
      coalesce(a.recipients - a.sent, greatest(0, b.failed - s.revived)),
      case when s.cancelling then 'Is being cancelled.' end
    from open s
    cross join lateral (${batchCounts}) b
    left join campaign_analytics a on a.send_id = s.send_id and s.status in ('completed', 'cancelled'))`,

  "ab-test": `
    select p.id, p.updated_at,
      case when t.status in ('completed', 'cancelled') then t.status when t.paused then 'paused'
        when t.status = 'draft' then 'pending' else 'running' end,
      case when t.status in ('completed', 'cancelled') then e.recipients end, e.processed, e.failed,
      case t.status when 'testing' then 'Tests.' when 'held' then 'Waits for a person to pick the winner.'
        when 'sending' then 'Sends the winner to the rest.' end
    from progress_tracking p join ab_tests t on t.campaign_id = p.id and t.tenant_id = p.tenant_id
    cross join lateral (
      select coalesce(sum(s.recipients), 0)::bigint as recipients,
        coalesce(sum(coalesce(a.recipients, b.sent + greatest(0, b.failed - s.revived))), 0)::bigint as processed,
        coalesce(sum(coalesce(a.recipients - a.sent, greatest(0, b.failed - s.revived))), 0)::bigint as failed
      from campaign_sends s
      cross join lateral (${batchCounts}) b
      left join campaign_analytics a on a.send_id = s.send_id and s.status in ('completed', 'cancelled')
      where s.campaign_id = t.campaign_id and s.tenant_id = t.tenant_id
    ) e
    where p.kind = 'ab-test' and p.finished_at is null`,

  graph: `
    select p.id, p.updated_at, r.status, j.total, j.processed, j.failed, null
    from progress_tracking p join job_graph_runs r on r.run_id = p.id and r.tenant_id = p.tenant_id
    cross join lateral (
      select count(*) as total, count(*) filter (where state not in ('waiting', 'running')) as processed,
        count(*) filter (where state in ('failed', 'blocked')) as failed
      from job_graph_jobs where run_id = r.run_id
    ) j
    where p.kind = 'graph' and p.finished_at is null`,

  sequence: `
    select p.id, p.updated_at, q.status, e.total, e.processed, 0, null
    from progress_tracking p join sequences q on q.campaign_id = p.id and q.tenant_id = p.tenant_id
    cross join lateral (
      select count(*) as total, count(*) filter (where status <> 'active') as processed
      from sequence_enrollments where campaign_id = q.campaign_id
    ) e
    where p.kind = 'sequence' and p.finished_at is null`,
};

/** Kinds whose counting reads few rows; a sequence counts all of its contacts. */
const quickKinds: ProgressKind[] = ["import", "export", "send", "ab-test", "graph"];

/**
 * Writes down how each open piece of work stands, if it stands otherwise than was last told: a new number of its tenant,
 * a row of the log, its row of `progress_tracking`, in one transaction. Any process may call it at any time.
 * @returns the tenants that have news
 */
export async function recordProgress(pool: pg.Pool, { all }: { all: boolean }): Promise<string[]> {
  const kinds = all ? (Object.keys(standings) as ProgressKind[]) : quickKinds;
  const { rows } = await pool.query<{ tenantId: string }>(record(kinds));
  return rows.map(({ tenantId }) => tenantId);
}

/**
 * Whoever takes numbers of a tenant holds them until the commit, in the order of tenants; a recorder that waited for them
 * finds the rows changed since it looked, and tells nothing about those: its numbers are then a gap.
 */
function record(kinds: readonly ProgressKind[]): string {
  return `
    with standing (id, seen_at, status, total, processed, failed, message) as (
      ${kinds.map((kind) => standings[kind]).join(" union all ")}
    ), changed as materialized (
      select s.*, p.tenant_id, row_number() over (partition by p.tenant_id order by p.created_at, p.id) as place
      from standing s join progress_tracking p on p.id = s.id
      where p.sequence = 0
        or (p.status, p.total, p.processed, p.failed, p.message)
          is distinct from (s.status, s.total, s.processed, s.failed, s.message)
    ), numbers as (
      insert into progress_sequences as q (tenant_id, last_sequence)
      select tenant_id, count(*) from changed group by tenant_id order by tenant_id
      on conflict (tenant_id) do update set last_sequence = q.last_sequence + excluded.last_sequence
      returning tenant_id, last_sequence
    ), told as (
      update progress_tracking p set status = c.status, total = c.total, processed = c.processed, failed = c.failed,
        message = c.message, updated_at = clock_timestamp(),
        sequence = n.last_sequence - (select count(*) from changed o where o.tenant_id = c.tenant_id) + c.place,
        started_at = case when c.status <> 'pending' then coalesce(p.started_at, now()) end,
        finished_at = case when c.status in ('completed', 'failed', 'cancelled') then now() end
      from changed c join numbers n on n.tenant_id = c.tenant_id
      -- Not what another recorder has told meanwhile, nor what was taken up again: the next look tells that.
      where p.id = c.id and p.updated_at = c.seen_at
      returning p.tenant_id, p.sequence, p.id, p.status, p.total, p.processed, p.failed, p.message
    ), logged as (
      insert into progress_updates (tenant_id, sequence, id, status, total, processed, failed, message)
      select tenant_id, sequence, id, status, total, processed, failed, message from told
    )
    select distinct tenant_id as "tenantId" from told`;
}
