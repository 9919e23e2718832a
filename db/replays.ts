import type pg from "pg";
import type { DeadLetterFilter, ReplayProgress, ReplayStatus } from "../domain/dead-letters.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { recordAudit, type Authorship } from "./audit-log.js";
import { filterValues, matchesFilter } from "./dead-letter-filter.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";

export interface ReplayRef {
  tenantId: string;
  replayId: string;
}

export interface Replay extends ReplayRef, ReplayProgress {
  filter: DeadLetterFilter;
  perSecond: number;
  createdAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

export interface NewReplay extends ReplayRef, Authorship {
  filter: DeadLetterFilter;
  perSecond: number;
}

/** What a person does to a replay. */
export type ReplayAction = "pause" | "resume" | "cancel";

export interface ReplayRows {
  /** Its letters are those that are open and match now. @throws NotFound (tenant), Conflict when there are none */
  createReplay(replay: NewReplay): Promise<Replay>;
  /** @throws NotFound */
  loadReplay(ref: ReplayRef): Promise<Replay>;
  /** Newest first; `before` is the last one of the page before. */
  listReplays(tenantId: string, page: { before?: string; limit: number }): Promise<Replay[]>;
  /** Letters that a cancelled replay has not reached stay open. @throws NotFound, Conflict when it has ended */
  steerReplay(ref: ReplayRef, action: ReplayAction, by: Authorship): Promise<Replay>;
}

export function createReplayRows(pool: pg.Pool): ReplayRows {
  return {
    createReplay: (replay) => createReplay(pool, replay),
    loadReplay: (ref) => loadReplay(pool, ref),
    listReplays: (tenantId, page) => listReplays(pool, tenantId, page),
    steerReplay: (ref, action, by) => steerReplay(pool, { ref, action, by }),
  };
}

const replayColumns = `replay_id as "replayId", tenant_id as "tenantId", filter, status, per_second as "perSecond",
  items, replayed, refused, created_at as "createdAt", updated_at as "updatedAt", finished_at as "finishedAt"`;

async function createReplay(pool: pg.Pool, replay: NewReplay): Promise<Replay> {
  const { tenantId, replayId, filter, perSecond, actor, reason } = replay;
  return transaction(pool, async (client) => {
    await requireTenant(client, tenantId);
    // Before its items: whether they are the tenant's is seen by the replay that they belong to.
    await client.query(
      `insert into dead_letter_replays (replay_id, tenant_id, filter, per_second, items) values ($1, $2, $3, $4, 0)`,
      [replayId, tenantId, JSON.stringify(filter), perSecond],
    );
    const { rows } = await client.query<Replay>(
      `with snapshot as (
         insert into dead_letter_replay_items (replay_id, dead_letter_id)
         select $9, d.dead_letter_id from dead_letters d where ${matchesFilter} and d.resolved_at is null
         returning dead_letter_id
       )
       update dead_letter_replays set items = (select count(*) from snapshot)
       where tenant_id = $1 and replay_id = $9
       returning ${replayColumns}`,
      [...filterValues(tenantId, filter), replayId],
    );
    if (!rows[0] || rows[0].items === 0)
      throw new Conflict("filter: no open dead letter matches; nothing was started.");
    await recordAudit(client, {
      ...{ tenantId, actor, reason, action: "dead_letters.replay", subject: replayId },
      after: { filter, perSecond, items: rows[0].items },
    });
    return rows[0];
  });
}

async function loadReplay(db: Queryable, { tenantId, replayId }: ReplayRef): Promise<Replay> {
  const { rows } = await db.query<Replay>(
    `select ${replayColumns} from dead_letter_replays where tenant_id = $1 and replay_id = $2`,
    [tenantId, replayId],
  );
  if (!rows[0]) throw new NotFound("replay", replayId);
  return rows[0];
}

async function listReplays(
  pool: pg.Pool,
  tenantId: string,
  { before, limit }: { before?: string; limit: number },
): Promise<Replay[]> {
  const { rows } = await pool.query<Replay>(
    `select ${replayColumns} from dead_letter_replays
     where tenant_id = $1 and ($2::uuid is null or replay_id < $2) order by replay_id desc limit $3`,
    [tenantId, before ?? null, limit],
  );
  return rows;
}

const statusAfter: Record<ReplayAction, ReplayStatus> = {
  pause: "paused",
  resume: "running",
  cancel: "cancelled",
};

async function steerReplay(
  pool: pg.Pool,
  { ref, action, by }: { ref: ReplayRef; action: ReplayAction; by: Authorship },
): Promise<Replay> {
  const { tenantId, replayId } = ref;
  const status = statusAfter[action];
  return transaction(pool, async (client) => {
    // Waits for a page that is being written: what it took up stays so.
    const { rows } = await client.query<{ status: ReplayStatus }>(
      "select status from dead_letter_replays where tenant_id = $1 and replay_id = $2 for no key update",
      [tenantId, replayId],
    );
    if (!rows[0]) throw new NotFound("replay", replayId);
    const before = rows[0].status;
    if (before === status) return loadReplay(client, ref);
    if (before === "completed" || before === "cancelled") throw hasEnded(ref, before);
    await client.query(
      `with left_open as (
         update dead_letter_replay_items set state = 'cancelled'
         where replay_id = $2 and state = 'waiting' and $3 = 'cancelled'
       )
       update dead_letter_replays set status = $3, finished_at = case when $3 = 'cancelled' then now() end
       where tenant_id = $1 and replay_id = $2`,
      [tenantId, replayId, status],
    );
    await recordAudit(client, {
      ...{ tenantId, ...by, action: `replays.${action}`, subject: replayId },
      ...{ before: { status: before }, after: { status } },
    });
    return loadReplay(client, ref);
  });
}

function hasEnded({ replayId }: ReplayRef, status: ReplayStatus): Conflict {
  return new Conflict(`Replay ${replayId} is ${status}; start a new one for what is still open.`, {
    replayId,
    status,
  });
}
