import type pg from "pg";
import type { OpenWork, OpenWorkStore } from "../activities/recurring-ports.js";
import { NotFound } from "../domain/errors.js";
import type { Lane } from "../domain/lanes.js";

export function createOpenWorkStore(pool: pg.Pool): OpenWorkStore {
  return {
    findDue: (after, limit) => findDue(pool, after, limit),
    findIdle: (idleForMs) => findIdle(pool, idleForMs),
    completeCampaigns: () => completeCampaigns(pool),
  };
}

interface WorkRow extends Omit<OpenWork, "since"> {
  since: Date;
}

/** Of a campaign as `c`: a sequence and its sends are in the hands of its own workflow. */
const isBroadcast = "c.kind = 'broadcast'";

/** Of a send as `s`. */
const ofBroadcast = `exists (select from campaigns c
  where c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id and ${isBroadcast})`;

/** A minute's grace: the one who asked for the start may be about to make it. */
async function findDue(pool: pg.Pool, after: string | null, limit: number): Promise<OpenWork[]> {
  const { rows } = await pool.query<WorkRow>(
    `select kind, id, tenant_id as "tenantId", since, false as waits
     from (
       select 'send' as kind, s.send_id as id, s.tenant_id,
         coalesce(s.local_start::timestamp at time zone interval '14:00', s.scheduled_at, s.created_at) as since
       from campaign_sends s where s.status = 'scheduled' and ${ofBroadcast}
       union all
       select 'emails', group_id, tenant_id, coalesce(send_at, created_at)
       from email_groups where finished_at is null and claims = 0
     ) due
     where since < now() - interval '1 minute' and ($1::uuid is null or id > $1)
     order by id limit $2`,
    [after, limit],
  );
  return rows.map(toOpenWork);
}

const mostIdle = 2_000;

/** A send waits rightly while all of its unfinished batches are for later: sends at local time. */
async function findIdle(pool: pg.Pool, idleForMs: number): Promise<OpenWork[]> {
  const { rows } = await pool.query<WorkRow>(
    `select kind, id, tenant_id as "tenantId", since, waits
     from (
       select 'send' as kind, s.send_id as id, s.tenant_id, greatest(s.created_at, s.started_at, b.touched_at) as since,
         coalesce(b.waits, false) as waits
       from campaign_sends s
       cross join lateral (
         select max(greatest(claimed_at, finished_at, created_at)) as touched_at,
           bool_and(due_at > now()) filter (where finished_at is null) as waits
         from campaign_send_batches where send_id = s.send_id
       ) b
       where s.status in ('sending', 'cancelling') and ${ofBroadcast}
       union all
       select 'emails', g.group_id, g.tenant_id, greatest(g.created_at, g.send_at, r.touched_at), false
       from email_groups g
       cross join lateral (
         select max(greatest(announced_at, settled_at)) as touched_at from email_recipients where group_id = g.group_id
       ) r
       where g.finished_at is null and coalesce(g.send_at, g.created_at) < now()
       union all
       select 'import', i.import_id, i.tenant_id, greatest(i.created_at, i.started_at, b.touched_at), false
       from lead_imports i
       cross join lateral (
         select max(committed_at) as touched_at from lead_import_batches where import_id = i.import_id
       ) b
       where i.status in ('pending', 'processing')
       union all
       select 'export', export_id, tenant_id, greatest(created_at, started_at), false
       from exports where status in ('pending', 'processing')
       union all
       select 'replay', replay_id, tenant_id, updated_at, false from dead_letter_replays where status = 'running'
       union all
       select 'job-bulk', bulk_id, tenant_id, updated_at, false from job_bulks where status = 'running'
       union all
       -- These sleep for as long as they have to; what is looked for is a workflow that is gone.
       select 'sequence', campaign_id, tenant_id, started_at, true from sequences where status in ('running', 'paused')
       union all
       select 'ab-test', campaign_id, tenant_id, coalesce(started_at, scheduled_at), true from ab_tests
       where status in ('testing', 'held', 'sending') or status = 'draft' and scheduled_at is not null
       union all
       select 'graph', run_id, tenant_id, created_at, true from job_graph_runs where status = 'running'
     ) idle
     where since < now() - $1 * interval '1 millisecond'
     order by since limit $2`,
    [idleForMs, mostIdle],
  );
  return rows.map(toOpenWork);
}

/** Of a campaign: it is open, although it was sent and every one of its sends has ended. Campaigns as `c`. */
export const outlivedItsSends = `
  ${isBroadcast} and c.status = 'sending'
  and exists (select from campaign_sends s where s.campaign_id = c.campaign_id)
  and not exists (select from campaign_sends s
    where s.campaign_id = c.campaign_id and s.status not in ('completed', 'cancelled'))`;

/** As `close` would have: cancelled when the send that ended last was. */
export async function completeCampaigns(pool: pg.Pool, campaignId: string | null = null): Promise<number> {
  const { rowCount } = await pool.query(
    `update campaigns c set updated_at = now(), status = (
       select s.status from campaign_sends s where s.campaign_id = c.campaign_id
       order by s.finished_at desc nulls last limit 1)
     where ($1::uuid is null or c.campaign_id = $1) and ${outlivedItsSends}`,
    [campaignId],
  );
  return rowCount ?? 0;
}

/** What starting the workflow of a group asks. @throws NotFound */
export async function loadEmailGroupLabel(
  pool: pg.Pool,
  groupId: string,
): Promise<{ groupId: string; tenantId: string; lane: Lane; sendAt: Date | null }> {
  const { rows } = await pool.query<{ groupId: string; tenantId: string; lane: Lane; sendAt: Date | null }>(
    `select group_id as "groupId", tenant_id as "tenantId", lane, send_at as "sendAt"
     from email_groups where group_id = $1`,
    [groupId],
  );
  if (!rows[0]) throw new NotFound("group of emails", groupId);
  return rows[0];
}

/** URLs or paths of files that imports have still to read, and that exports keep for a while. */
export async function listNeededFiles(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ fileUrl: string }>(
    `select file_url as "fileUrl" from lead_imports where status in ('pending', 'processing')
     union all
     select read_url from lead_imports where status in ('pending', 'processing') and read_url is not null
     union all
     select file_url from exports where status = 'completed'`,
  );
  return rows.map(({ fileUrl }) => fileUrl);
}

function toOpenWork(row: WorkRow): OpenWork {
  return { ...row, since: row.since.toISOString() };
}
