import type pg from "pg";
import type { AppliedJobs, JobBulkStore } from "../activities/job-bulk-ports.js";
import { NotFound } from "../domain/errors.js";
import type { JobAction, JobBulkProgress, JobKind } from "../domain/jobs.js";
import { pacedPageSize } from "../domain/pacing.js";
import { applyToJobs } from "./job-effects.js";
import { transaction } from "./pool.js";

/** Actions on many jobs as the flow that carries them out needs them. */
export function createJobBulkStore(pool: pg.Pool): JobBulkStore {
  return {
    applyPage: (bulkId) => applyPage(pool, bulkId),
    loadApplied: (bulkId) => loadApplied(pool, bulkId),
    markDone: (bulkId, itemNos) => markDone(pool, bulkId, itemNos),
    settleBulk: (bulkId) => settleBulk(pool, bulkId),
  };
}

interface BulkRow {
  tenantId: string;
  status: string;
  action: JobAction;
  perSecond: number;
  actor: string;
  reason: string | null;
}

interface Item {
  itemNo: number;
  kind: JobKind;
  jobId: string;
}

async function applyPage(pool: pg.Pool, bulkId: string): Promise<{ taken: number; perSecond: number }> {
  return transaction(pool, async (client) => {
    // One page at a time, whoever brings it; a pause or cancel comes before or after a page.
    const { rows } = await client.query<BulkRow>(
      `select tenant_id as "tenantId", status, action, per_second as "perSecond", actor, reason from job_bulks
       where bulk_id = $1 for no key update`,
      [bulkId],
    );
    if (!rows[0]) throw new NotFound("action on jobs", bulkId);
    const { tenantId, status, action, perSecond, actor, reason } = rows[0];
    if (status !== "running") return { taken: 0, perSecond };
    const items = await takeItems(client, bulkId, pacedPageSize(perSecond));
    const effects = await applyToJobs(client, { tenantId, action, jobs: items, actor, reason, bulkId });
    await recordItems(
      client,
      bulkId,
      items,
      effects.map(({ refusal }) => refusal),
    );
    return { taken: items.length, perSecond };
  });
}

async function takeItems(client: pg.PoolClient, bulkId: string, limit: number): Promise<Item[]> {
  const { rows } = await client.query<Item>(
    `select item_no as "itemNo", kind, job_id as "jobId" from job_bulk_items
     where bulk_id = $1 and state = 'waiting' order by item_no limit $2`,
    [bulkId, limit],
  );
  return rows;
}

async function recordItems(
  client: pg.PoolClient,
  bulkId: string,
  items: Item[],
  refusals: (string | null)[],
): Promise<void> {
  await client.query(
    `with recorded as (
       update job_bulk_items i set reason = t.reason,
         state = case when t.reason is null then 'applied' else 'refused' end
       from unnest($2::int[], $3::text[]) as t (item_no, reason)
       where i.bulk_id = $1 and i.item_no = t.item_no and i.state = 'waiting'
     )
     update job_bulks set updated_at = now(), refused = refused + $4 where bulk_id = $1`,
    [
      bulkId,
      items.map(({ itemNo }) => itemNo),
      refusals,
      refusals.filter((reason) => reason !== null).length,
    ],
  );
}

async function loadApplied(pool: pg.Pool, bulkId: string): Promise<AppliedJobs> {
  const { rows: bulks } = await pool.query<Omit<AppliedJobs, "items">>(
    `select tenant_id as "tenantId", action, actor, reason from job_bulks where bulk_id = $1`,
    [bulkId],
  );
  if (!bulks[0]) throw new NotFound("action on jobs", bulkId);
  const { rows: items } = await pool.query<Item>(
    `select item_no as "itemNo", kind, job_id as "jobId" from job_bulk_items
     where bulk_id = $1 and state = 'applied' order by item_no`,
    [bulkId],
  );
  return { ...bulks[0], items };
}

async function markDone(pool: pg.Pool, bulkId: string, itemNos: number[]): Promise<void> {
  await pool.query(
    `with marked as (
       update job_bulk_items set state = 'done'
       where bulk_id = $1 and item_no = any ($2::int[]) and state = 'applied' returning item_no
     )
     update job_bulks set updated_at = now(), done = done + (select count(*) from marked) where bulk_id = $1`,
    [bulkId, itemNos],
  );
}

async function settleBulk(pool: pg.Pool, bulkId: string): Promise<JobBulkProgress> {
  await pool.query(
    `update job_bulks b set status = 'completed', finished_at = now()
     where bulk_id = $1 and status = 'running' and not exists (
       select from job_bulk_items i where i.bulk_id = b.bulk_id and i.state in ('waiting', 'applied'))`,
    [bulkId],
  );
  const { rows } = await pool.query<JobBulkProgress>(
    "select status, items, done, refused from job_bulks where bulk_id = $1",
    [bulkId],
  );
  if (!rows[0]) throw new NotFound("action on jobs", bulkId);
  return rows[0];
}
