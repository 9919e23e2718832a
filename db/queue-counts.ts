import type pg from "pg";
import { ioQueue, laneQueue, orchestrationQueue, webhookQueue, type Lane } from "../domain/lanes.js";

/** Jobs of one lane that are open: batches of campaigns, and groups of single emails. */
export interface LaneCount {
  lane: Lane;
  /** May go now: they wait for a slot, or for a limit. */
  waiting: number;
  /** An attempt is at work on them. */
  active: number;
  /** For later: a time that has not come. */
  delayed: number;
}

/** Open batches and groups as `lane`, `is_active`, `is_later`, of `$1` or of every tenant. */
const laneJobs = `
  select case when b.round > 0 then 'retry' else c.lane end as lane, b.owner_token is not null as is_active,
    coalesce(b.due_at > now(), false) as is_later
  from campaign_sends s join campaigns c on c.campaign_id = s.campaign_id
  join campaign_send_batches b on b.send_id = s.send_id and b.finished_at is null
  where s.status in ('sending', 'paused', 'cancelling') and ($1::text is null or s.tenant_id = $1)
  union all
  select lane, owner_token is not null, coalesce(send_at > now(), false)
  from email_groups where finished_at is null and ($1::text is null or tenant_id = $1)`;

export async function countLanes(pool: pg.Pool, tenantId: string | null): Promise<LaneCount[]> {
  const { rows } = await pool.query<LaneCount>(
    `select lane, count(*) filter (where not is_active and not is_later)::float8 as waiting,
       count(*) filter (where is_active)::float8 as active,
       count(*) filter (where is_later and not is_active)::float8 as delayed
     from (${laneJobs}) jobs group by lane order by lane`,
    [tenantId],
  );
  return rows;
}

/** What no task queue knows: jobs that are for later, and dead letters. */
export interface QueueExtras {
  delayed: number;
  dead: number;
}

/** By queue; one that has none is missing. Dead letters belong to the queue whose job died. */
export async function countQueueExtras(pool: pg.Pool): Promise<Map<string, QueueExtras>> {
  const { rows } = await pool.query<{ queue: string } & QueueExtras>(
    `select queue, sum(delayed)::float8 as delayed, sum(dead)::float8 as dead
     from (
       select $2 || lane as queue, count(*) as delayed, 0 as dead from (${laneJobs}) jobs where is_later and not is_active
       group by 1
       union all
       select $3, count(*), 0 from campaign_sends where status = 'scheduled' and scheduled_at > now()
       union all
       select case when w.region is null then $4 else $4 || '-' || w.region end, count(*), 0
       from webhook_deliveries d join webhook_endpoints w on w.webhook_id = d.webhook_id
       where d.status = 'pending' and d.next_attempt_at > now() group by 1
       union all
       select case when l.kind = 'email.send' then $2 || coalesce(c.lane, g.lane, 'priority-high')
           when l.kind = 'webhook' then $4 when l.kind = 'job' and l.of_graph then $3 else $5 end,
         0, sum(l.letters)
       from (
         -- A failed send may have a million: what they are of is looked up once.
         select kind, run_id is not null as of_graph, send_id, email_id, count(*) as letters
         from dead_letters where resolved_at is null group by kind, of_graph, send_id, email_id
       ) l
       left join campaign_sends s on s.send_id = l.send_id left join campaigns c on c.campaign_id = s.campaign_id
       left join emails e on e.email_id = l.email_id left join email_groups g on g.group_id = e.group_id
       group by 1
     ) counted group by queue`,
    [null, laneQueue("" as Lane), orchestrationQueue, webhookQueue(null), ioQueue],
  );
  return new Map(rows.map(({ queue, ...extras }) => [queue, extras]));
}
