import type pg from "pg";
import type { ReplayStore, RevivedWork } from "../activities/replay-ports.js";
import type { DeadLetterKind, ReplayProgress } from "../domain/dead-letters.js";
import { NotFound } from "../domain/errors.js";
import { pacedPageSize } from "../domain/pacing.js";
import { transaction } from "./pool.js";
import { reviveRefusedRows } from "./refused-row-revivals.js";
import { reviveEmails, reviveJobs, reviveRecipients, reviveDeliveries } from "./revivals.js";

/** Replays as the flow that carries them out needs them. */
export function createReplayStore(pool: pg.Pool): ReplayStore {
  return {
    revivePage: (replayId) => revivePage(pool, replayId),
    loadRevived: (replayId) => loadRevived(pool, replayId),
    markReplayed: (replayId, deadLetterIds) => markReplayed(pool, replayId, deadLetterIds),
    settleReplay: (replayId) => settleReplay(pool, replayId),
  };
}

interface Item {
  deadLetterId: string;
  /** Null: the letter has gone. */
  kind: DeadLetterKind | null;
  resolution: string | null;
}

async function revivePage(pool: pg.Pool, replayId: string): Promise<{ taken: number; perSecond: number }> {
  return transaction(pool, async (client) => {
    // One page at a time, whoever brings it; a pause or cancel comes before or after a page.
    const { rows } = await client.query<{ tenantId: string; status: string; perSecond: number }>(
      `select tenant_id as "tenantId", status, per_second as "perSecond" from dead_letter_replays
       where replay_id = $1 for no key update`,
      [replayId],
    );
    if (!rows[0]) throw new NotFound("replay", replayId);
    const { tenantId, status, perSecond } = rows[0];
    if (status !== "running") return { taken: 0, perSecond };
    const items = await takeItems(client, { replayId, tenantId, limit: pacedPageSize(perSecond) });
    const revived = await reviveLetters(client, tenantId, items);
    await recordItems(client, replayId, items, revived);
    return { taken: items.length, perSecond };
  });
}

async function takeItems(
  client: pg.PoolClient,
  { replayId, tenantId, limit }: { replayId: string; tenantId: string; limit: number },
): Promise<Item[]> {
  const { rows } = await client.query<Item>(
    `select i.dead_letter_id as "deadLetterId", d.kind, d.resolution
     from (
       select dead_letter_id from dead_letter_replay_items
       where replay_id = $1 and state = 'waiting' order by dead_letter_id limit $3
     ) i
     left join dead_letters d on d.dead_letter_id = i.dead_letter_id and d.tenant_id = $2
     order by i.dead_letter_id`,
    [replayId, tenantId, limit],
  );
  return rows;
}

/** Each statement also resolves the letters whose work it opened again, and tells which. */
const revivers: Record<
  DeadLetterKind,
  (client: pg.PoolClient, tenantId: string, ids: string[]) => Promise<string[]>
> = {
  "email.send": async (client, tenantId, ids) => [
    ...(await reviveRecipients(client, tenantId, ids)),
    ...(await reviveEmails(client, tenantId, ids)),
  ],
  webhook: reviveDeliveries,
  "import.row": reviveRefusedRows,
  job: reviveJobs,
};

async function reviveLetters(client: pg.PoolClient, tenantId: string, items: Item[]): Promise<Set<string>> {
  const revived = new Set<string>();
  for (const [kind, revive] of Object.entries(revivers)) {
    const ids = items.filter((item) => item.kind === kind && item.resolution === null);
    if (ids.length === 0) continue;
    const done = await revive(
      client,
      tenantId,
      ids.map(({ deadLetterId }) => deadLetterId),
    );
    for (const id of done) revived.add(id);
  }
  return revived;
}

async function recordItems(
  client: pg.PoolClient,
  replayId: string,
  items: Item[],
  revived: Set<string>,
): Promise<void> {
  const reasons = items.map((item) => (revived.has(item.deadLetterId) ? null : refusalOf(item)));
  await client.query(
    `with recorded as (
       update dead_letter_replay_items i set reason = t.reason,
         state = case when t.reason is null then 'revived' else 'refused' end
       from unnest($2::bigint[], $3::text[]) as t (dead_letter_id, reason)
       where i.replay_id = $1 and i.dead_letter_id = t.dead_letter_id and i.state = 'waiting'
     )
     update dead_letter_replays set updated_at = now(), refused = refused + $4 where replay_id = $1`,
    [replayId, items.map(({ deadLetterId }) => deadLetterId), reasons, items.length - revived.size],
  );
}

function refusalOf({ kind, resolution }: Item): string {
  if (kind === null) return "the letter has been removed";
  if (resolution !== null) return `it was ${resolution} meanwhile`;
  switch (kind) {
    case "email.send":
      return "its send or email was cancelled or removed, or its recipient is no longer dead";
    case "webhook":
      return "its delivery is no longer dead";
    case "import.row":
      return "the refused row was cut or has been removed; edit the letter to give its values";
    case "job":
      return "its run goes on or has completed, or another export writes the same file";
  }
}

async function loadRevived(
  pool: pg.Pool,
  replayId: string,
): Promise<{ deadLetterIds: string[]; work: RevivedWork[] }> {
  const { rows: items } = await pool.query<{ deadLetterId: string }>(
    `select dead_letter_id as "deadLetterId" from dead_letter_replay_items
     where replay_id = $1 and state = 'revived' order by dead_letter_id`,
    [replayId],
  );
  const deadLetterIds = items.map(({ deadLetterId }) => deadLetterId);
  if (deadLetterIds.length === 0) return { deadLetterIds, work: [] };
  const { rows } = await pool.query<RevivedWork>(
    `with letters as (
       select d.* from dead_letter_replays p join dead_letters d on d.tenant_id = p.tenant_id
       where p.replay_id = $1 and d.dead_letter_id = any ($2::bigint[])
     )
     ${revivedWork.join(" union all ")}`,
    [replayId, deadLetterIds],
  );
  return { deadLetterIds, work: rows.map(toWork) };
}

/** Of `letters`: each piece of work once. The columns are those of every kind. */
const revivedWork = [
  `select distinct 'send' as kind, tenant_id as "tenantId", send_id as "sendId", null::uuid as "groupId",
     null::text as lane, null::timestamptz as "sendAt", null::uuid as "webhookId", null::text as region,
     null::uuid as "importId", null::uuid as "exportId", null::text as "exportKind", null::uuid as "runId"
   from letters where send_id is not null`,
  `select distinct 'emails', g.tenant_id, null::uuid, g.group_id, g.lane, g.send_at, null::uuid, null::text,
     null::uuid, null::uuid, null::text, null::uuid
   from letters l join emails e on e.email_id = l.email_id and e.tenant_id = l.tenant_id
   join email_groups g on g.group_id = e.group_id`,
  `select distinct 'webhook', w.tenant_id, null::uuid, null::uuid, null::text, null::timestamptz, w.webhook_id, w.region,
     null::uuid, null::uuid, null::text, null::uuid
   from letters l join webhook_deliveries d on d.delivery_id = l.delivery_id and d.tenant_id = l.tenant_id
   join webhook_endpoints w on w.webhook_id = d.webhook_id`,
  `select distinct 'import', tenant_id, null::uuid, null::uuid, null::text, null::timestamptz, null::uuid, null::text,
     import_id, null::uuid, null::text, null::uuid
   from letters where import_id is not null and import_line is null`,
  `select distinct 'export', e.tenant_id, null::uuid, null::uuid, null::text, null::timestamptz, null::uuid, null::text,
     null::uuid, e.export_id, e.kind, null::uuid
   from letters l join exports e on e.export_id = l.export_id and e.tenant_id = l.tenant_id`,
  `select distinct 'graph', tenant_id, null::uuid, null::uuid, null::text, null::timestamptz, null::uuid, null::text,
     null::uuid, null::uuid, null::text, run_id
   from letters where run_id is not null`,
];

/** Without the columns of other kinds. */
function toWork(row: RevivedWork): RevivedWork {
  const nullable = new Set(["sendAt", "region"]);
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value !== null || nullable.has(name)),
  ) as unknown as RevivedWork;
}

async function markReplayed(pool: pg.Pool, replayId: string, deadLetterIds: string[]): Promise<void> {
  await pool.query(
    `with marked as (
       update dead_letter_replay_items set state = 'replayed'
       where replay_id = $1 and dead_letter_id = any ($2::bigint[]) and state = 'revived'
       returning dead_letter_id
     )
     update dead_letter_replays set updated_at = now(), replayed = replayed + (select count(*) from marked)
     where replay_id = $1`,
    [replayId, deadLetterIds],
  );
}

async function settleReplay(pool: pg.Pool, replayId: string): Promise<ReplayProgress> {
  await pool.query(
    `update dead_letter_replays p set status = 'completed', finished_at = now()
     where replay_id = $1 and status = 'running' and not exists (
       select from dead_letter_replay_items i where i.replay_id = p.replay_id and i.state in ('waiting', 'revived'))`,
    [replayId],
  );
  const { rows } = await pool.query<ReplayProgress>(
    "select status, items, replayed, refused from dead_letter_replays where replay_id = $1",
    [replayId],
  );
  if (!rows[0]) throw new NotFound("replay", replayId);
  return rows[0];
}
