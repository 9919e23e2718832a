import type pg from "pg";
import { Conflict, NotFound } from "../domain/errors.js";
import type { JobAction, JobBulkProgress, JobBulkStatus, JobFilter, JobKind } from "../domain/jobs.js";
import { recordAudit, type Authorship } from "./audit-log.js";
import { jobBranches, microsOf, sortKeyOf, unionOf, type Select } from "./job-branches.js";
import { binding } from "./jobs.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";

export interface JobBulkRef {
  tenantId: string;
  bulkId: string;
}

/** One action on many jobs. */
export interface JobBulk extends JobBulkRef, JobBulkProgress, Authorship {
  action: JobAction;
  filter: JobFilter;
  perSecond: number;
  createdAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

export interface NewJobBulk extends JobBulkRef, Authorship {
  action: JobAction;
  filter: JobFilter;
  perSecond: number;
  /** Jobs that it must be; absent: as many as match. */
  expected?: number | undefined;
}

export interface JobBulkItem {
  itemNo: number;
  kind: JobKind;
  jobId: string;
  state: "waiting" | "applied" | "done" | "refused" | "cancelled";
  /** Why it was refused, completing "The job …". */
  reason: string | null;
}

/** What a person does to it. */
export type JobBulkSteer = "pause" | "resume" | "cancel";

export interface JobBulkRows {
  /** Its jobs are those that match now and that the action fits. @throws NotFound (tenant), Conflict: none, or another number */
  createJobBulk(bulk: NewJobBulk): Promise<JobBulk>;
  /** @throws NotFound */
  loadJobBulk(ref: JobBulkRef): Promise<JobBulk>;
  /** Newest first; `before` is the last one of the page before. */
  listJobBulks(tenantId: string, page: { before?: string | undefined; limit: number }): Promise<JobBulk[]>;
  /** In the order of the list; `after` is the number of the last item of the page before. @throws NotFound */
  listItems(
    ref: JobBulkRef,
    page: { state?: string | undefined; after?: number | undefined; limit: number },
  ): Promise<JobBulkItem[]>;
  /** Jobs that a cancelled one has not reached stay as they are. @throws NotFound, Conflict when it has ended */
  steerJobBulk(ref: JobBulkRef, steer: JobBulkSteer, by: Authorship): Promise<JobBulk>;
}

export function createJobBulkRows(pool: pg.Pool): JobBulkRows {
  return {
    createJobBulk: (bulk) => createJobBulk(pool, bulk),
    loadJobBulk: (ref) => loadJobBulk(pool, ref),
    listJobBulks: (tenantId, page) => listJobBulks(pool, tenantId, page),
    listItems: (ref, page) => listItems(pool, ref, page),
    steerJobBulk: (ref, steer, by) => steerJobBulk(pool, { ref, steer, by }),
  };
}

const bulkColumns = `bulk_id as "bulkId", tenant_id as "tenantId", action, filter, status, per_second as "perSecond", items,
  done, refused, actor, reason, created_at as "createdAt", updated_at as "updatedAt", finished_at as "finishedAt"`;

async function createJobBulk(pool: pg.Pool, bulk: NewJobBulk): Promise<JobBulk> {
  const { tenantId, bulkId, action, filter, perSecond, actor, reason, expected } = bulk;
  return transaction(pool, async (client) => {
    await requireTenant(client, tenantId);
    await client.query(
      `insert into job_bulks (bulk_id, tenant_id, action, filter, per_second, actor, reason)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [bulkId, tenantId, action, JSON.stringify(filter), perSecond, actor, reason],
    );
    const items = await insertItems(client, bulk);
    if (items === 0)
      throw new Conflict(`No job matches that ${action} fits; nothing was started.`, { items });
    if (expected !== undefined && items !== expected)
      throw new Conflict(
        `expected: the filter matches ${items} jobs now, not ${expected}; nothing was started. Look again.`,
        { items, expected },
      );
    const { rows } = await client.query<JobBulk>(
      `update job_bulks set items = $3 where tenant_id = $1 and bulk_id = $2 returning ${bulkColumns}`,
      [tenantId, bulkId, items],
    );
    if (!rows[0]) throw new NotFound("action on jobs", bulkId);
    await recordAudit(client, {
      ...{ tenantId, actor, reason, action: "jobs.bulk", subject: bulkId },
      after: { action, filter, perSecond, items },
    });
    return rows[0];
  });
}

const keyColumns: Select = (source, kind) =>
  `'${kind}' as kind, ${source.id}::text as job_id, ${microsOf(source)} as micros, ${sortKeyOf(source)} as sort_key`;

async function insertItems(client: pg.PoolClient, bulk: NewJobBulk): Promise<number> {
  const { tenantId, bulkId, filter, action } = bulk;
  const { values, bind } = binding();
  const branches = jobBranches({ tenantId, filter, action }, bind, keyColumns);
  if (branches.length === 0) return 0;
  const { rowCount } = await client.query(
    `insert into job_bulk_items (bulk_id, item_no, tenant_id, kind, job_id)
     select ${bind(bulkId)}::uuid, row_number() over (
         order by j.micros desc, j.kind collate "C" desc, j.sort_key collate "C" desc),
       ${bind(tenantId)}::text, j.kind, j.job_id
     from (${unionOf(branches)}) j`,
    values,
  );
  return rowCount ?? 0;
}

async function loadJobBulk(db: Queryable, { tenantId, bulkId }: JobBulkRef): Promise<JobBulk> {
  const { rows } = await db.query<JobBulk>(
    `select ${bulkColumns} from job_bulks where tenant_id = $1 and bulk_id = $2`,
    [tenantId, bulkId],
  );
  if (!rows[0]) throw new NotFound("action on jobs", bulkId);
  return rows[0];
}

async function listJobBulks(
  pool: pg.Pool,
  tenantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<JobBulk[]> {
  const { rows } = await pool.query<JobBulk>(
    `select ${bulkColumns} from job_bulks
     where tenant_id = $1 and ($2::uuid is null or bulk_id < $2) order by bulk_id desc limit $3`,
    [tenantId, before ?? null, limit],
  );
  return rows;
}

async function listItems(
  pool: pg.Pool,
  ref: JobBulkRef,
  { state, after, limit }: { state?: string | undefined; after?: number | undefined; limit: number },
): Promise<JobBulkItem[]> {
  await loadJobBulk(pool, ref);
  const { rows } = await pool.query<JobBulkItem>(
    `select item_no as "itemNo", kind, job_id as "jobId", state, reason from job_bulk_items
     where tenant_id = $1 and bulk_id = $2 and item_no > $3 and ($4::text is null or state = $4)
     order by item_no limit $5`,
    [ref.tenantId, ref.bulkId, after ?? 0, state ?? null, limit],
  );
  return rows;
}

const statusAfter: Record<JobBulkSteer, JobBulkStatus> = {
  pause: "paused",
  resume: "running",
  cancel: "cancelled",
};

async function steerJobBulk(
  pool: pg.Pool,
  { ref, steer, by }: { ref: JobBulkRef; steer: JobBulkSteer; by: Authorship },
): Promise<JobBulk> {
  const { tenantId, bulkId } = ref;
  const status = statusAfter[steer];
  return transaction(pool, async (client) => {
    // Waits for a page that is being written: what it took up stays so.
    const { rows } = await client.query<{ status: JobBulkStatus }>(
      "select status from job_bulks where tenant_id = $1 and bulk_id = $2 for no key update",
      [tenantId, bulkId],
    );
    if (!rows[0]) throw new NotFound("action on jobs", bulkId);
    const before = rows[0].status;
    if (before === status) return loadJobBulk(client, ref);
    if (before === "completed" || before === "cancelled") throw hasEnded(ref, before);
    await client.query(
      `with left_alone as (
         update job_bulk_items set state = 'cancelled'
         where bulk_id = $2 and state = 'waiting' and $3 = 'cancelled'
       )
       update job_bulks set status = $3, finished_at = case when $3 = 'cancelled' then now() end
       where tenant_id = $1 and bulk_id = $2`,
      [tenantId, bulkId, status],
    );
    await recordAudit(client, {
      ...{ tenantId, ...by, action: `jobs.bulk_${steer}`, subject: bulkId },
      ...{ before: { status: before }, after: { status } },
    });
    return loadJobBulk(client, ref);
  });
}

function hasEnded({ bulkId }: JobBulkRef, status: JobBulkStatus): Conflict {
  return new Conflict(`The action on jobs ${bulkId} is ${status}; start a new one for what is left.`, {
    bulkId,
    status,
  });
}
