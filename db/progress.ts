import type pg from "pg";
import { Conflict, NotFound } from "../domain/errors.js";
import type { Progress, ProgressStatus, ProgressUpdate } from "../domain/progress.js";
import { requireTenant } from "./require-tenant.js";

export interface ProgressPage {
  user?: string | undefined;
  status?: ProgressStatus | undefined;
  before?: string | undefined;
  limit: number;
}

/** Of whom, and behind which number. */
export interface UpdatesQuery {
  tenantId: string;
  user?: string | undefined;
  id?: string | undefined;
  after: number;
  limit: number;
}

export interface ProgressStore {
  /** @throws NotFound */
  loadProgress(tenantId: string, id: string): Promise<Progress>;
  /** Newest first; `before` is the last id of the page before. */
  listProgress(tenantId: string, page: ProgressPage): Promise<Progress[]>;
  /** Forgets how something that has ended went. @throws NotFound; Conflict while it has not ended */
  deleteProgress(tenantId: string, id: string): Promise<void>;
  /** The number behind which a subscriber begins who wants what comes from now on. @throws NotFound (tenant) */
  lastSequence(tenantId: string): Promise<number>;
  /**
   * Updates behind a number, in order. `through`: everything up to it that the query asks for has been read, so that
   * nothing of it can appear later.
   */
  readUpdates(query: UpdatesQuery): Promise<{ updates: ProgressUpdate[]; through: number }>;
}

export function createProgressStore(pool: pg.Pool): ProgressStore {
  return {
    loadProgress: (tenantId, id) => loadProgress(pool, tenantId, id),
    listProgress: (tenantId, page) => listProgress(pool, tenantId, page),
    deleteProgress: (tenantId, id) => deleteProgress(pool, tenantId, id),
    lastSequence: (tenantId) => lastSequence(pool, tenantId),
    readUpdates: (query) => readUpdates(pool, query),
  };
}

export const progressColumns = `p.id, p.tenant_id as "tenantId", p.kind, p.user_id as "user", p.status, p.total::float8 as total,
  p.processed::float8 as processed, p.failed::float8 as failed, p.message, p.sequence::float8 as sequence,
  p.created_at as "createdAt", p.started_at as "startedAt", p.updated_at as "updatedAt", p.finished_at as "finishedAt"`;

async function loadProgress(pool: pg.Pool, tenantId: string, id: string): Promise<Progress> {
  const { rows } = await pool.query<Progress>(
    `select ${progressColumns} from progress_tracking p where p.tenant_id = $1 and p.id = $2`,
    [tenantId, id],
  );
  if (!rows[0]) throw new NotFound("progress of", id);
  return rows[0];
}

async function listProgress(pool: pg.Pool, tenantId: string, page: ProgressPage): Promise<Progress[]> {
  const { rows } = await pool.query<Progress>(
    `select ${progressColumns}
     from progress_tracking p
     where p.tenant_id = $1
       and ($2::uuid is null or (p.created_at, p.id) < (
         (select created_at from progress_tracking where tenant_id = $1 and id = $2), $2))
       and ($3::text is null or p.user_id = $3) and ($4::text is null or p.status = $4)
     order by p.created_at desc, p.id desc
     limit $5`,
    [tenantId, page.before ?? null, page.user ?? null, page.status ?? null, page.limit],
  );
  return rows;
}

async function deleteProgress(pool: pg.Pool, tenantId: string, id: string): Promise<void> {
  const { rowCount } = await pool.query(
    "delete from progress_tracking where tenant_id = $1 and id = $2 and finished_at is not null",
    [tenantId, id],
  );
  if (rowCount === 1) return;
  const { status, kind } = await loadProgress(pool, tenantId, id);
  throw new Conflict(`The ${kind} ${id} is ${status}; cancel it, or wait until it has ended.`, {
    id,
    status,
  });
}

async function lastSequence(pool: pg.Pool, tenantId: string): Promise<number> {
  await requireTenant(pool, tenantId);
  const { rows } = await pool.query<{ last: number }>(
    `select last_sequence::float8 as last from progress_sequences where tenant_id = $1`,
    [tenantId],
  );
  return rows[0]?.last ?? 0;
}

type UpdateRow = { [Name in keyof ProgressUpdate]: ProgressUpdate[Name] | null } & { through: number };

/** One statement, one snapshot: a number that is visible stands for everything before it. */
async function readUpdates(
  pool: pg.Pool,
  { tenantId, user, id, after, limit }: UpdatesQuery,
): Promise<{ updates: ProgressUpdate[]; through: number }> {
  const { rows } = await pool.query<UpdateRow>({
    name: "read-progress-updates",
    text: `
      select u.*, q.last_sequence::float8 as through
      from progress_sequences q
      left join lateral (
        select u.sequence::float8 as sequence, u.id, u.tenant_id as "tenantId", p.kind, p.user_id as "user", u.status,
          u.total::float8 as total, u.processed::float8 as processed, u.failed::float8 as failed, u.message,
          u.recorded_at as at
        from progress_updates u
        join progress_tracking p on p.id = u.id and p.tenant_id = u.tenant_id
        where u.tenant_id = q.tenant_id and u.sequence > $2
          and ($3::text is null or p.user_id = $3) and ($4::uuid is null or p.id = $4)
        order by u.sequence
        limit $5
      ) u on true
      where q.tenant_id = $1
      order by u.sequence`,
    values: [tenantId, after, user ?? null, id ?? null, limit],
  });
  const updates = rows.flatMap(({ through: _, ...update }) =>
    update.sequence === null ? [] : [update as ProgressUpdate],
  );
  const last = rows[0]?.through ?? after;
  // A full page says nothing about what lies behind it.
  const through = updates.length === limit ? (updates.at(-1)?.sequence ?? last) : Math.max(after, last);
  return { updates, through };
}
