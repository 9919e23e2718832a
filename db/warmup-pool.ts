import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type {
  DueLetter,
  DueReaction,
  PoolMailboxRef,
  SentLetter,
  WarmupPoolStore,
} from "../activities/warmup-pool-store.js";
import type { BusinessHours } from "../domain/business-hours.js";
import { domainOf } from "../domain/email-address.js";
import { NotFound } from "../domain/errors.js";
import { mailboxProvider } from "../domain/mailbox-provider.js";
import { recipientsOf, sendTimes, threadsOf, windowOf } from "../domain/warmup-sends.js";
import { dayOf } from "../domain/warmup-clock.js";
import type { Sealer } from "./sealed.js";
import { createWarmupMailboxRows } from "./warmup-mailboxes.js";

export interface WarmupPoolInput {
  pool: pg.Pool;
  sealer: Sealer;
  /** When letters are written, on the clocks of `timeZone`. */
  hours: BusinessHours;
  timeZone: string;
}

export function createWarmupPoolStore(input: WarmupPoolInput): WarmupPoolStore {
  const { pool, sealer } = input;
  const mailboxes = createWarmupMailboxRows(pool, sealer);
  return {
    takesPart: async (warmupId) => (await loadWriter(pool, warmupId)) !== null,
    planLetters: (warmupId, nowMs) => planLetters(input, warmupId, nowMs),
    loadDue: (warmupId, nowMs) => loadDue(pool, warmupId, nowMs),
    async recordSent(messageId, { emailId, internetId, atMs }) {
      await pool.query(
        `update warmup_messages set status = 'sent', email_id = $2, internet_id = $3, sent_at = $4
         where message_id = $1 and status = 'planned'`,
        [messageId, emailId, internetId, new Date(atMs)],
      );
    },
    async skip(messageId, reason) {
      await pool.query(
        "update warmup_messages set status = 'skipped', reason = $2 where message_id = $1 and status = 'planned'",
        [messageId, reason],
      );
    },
    async loadAccess(ref) {
      const { rowCount } = await pool.query(
        "select from warmup_mailboxes where tenant_id = $1 and mailbox_id = $2 and opted_in_at is not null",
        [ref.tenantId, ref.mailboxId],
      );
      if (rowCount === 0) return null;
      return mailboxes.loadAccess(ref).catch((error: unknown) => {
        // Removed since.
        if (error instanceof NotFound) return null;
        throw error;
      });
    },
    recordCheck: (ref, problem) => mailboxes.recordCheck(ref, problem),
    loadUnseen: (ref) => loadUnseen(pool, ref),
    async recordFound({ tenantId, mailboxId }, messageId, { placement, atMs, reactions }) {
      await pool.query(
        `with found as (
           update warmup_messages set placement = $4, found_at = $5
           where message_id = $3 and tenant_id = $1 and placement is null
           returning message_id
         )
         insert into warmup_engagements (message_id, tenant_id, mailbox_id, action, due_at)
         select f.message_id, $1, $2, r.action, r.due_at from found f, unnest($6::text[], $7::timestamptz[]) as r (action, due_at)
         on conflict do nothing`,
        [
          ...[tenantId, mailboxId, messageId, placement, new Date(atMs)],
          reactions.map(({ action }) => action),
          reactions.map(({ dueAtMs }) => new Date(dueAtMs)),
        ],
      );
    },
    loadReactions: (ref, nowMs) => loadReactions(pool, ref, nowMs),
    async recordDone(messageId, action, skipped) {
      await pool.query(
        `update warmup_engagements set done_at = now(), skipped = $3
         where message_id = $1 and action = $2 and done_at is null`,
        [messageId, action, skipped],
      );
    },
    planAnswer: (messageId, answerId, nowMs) => planAnswer(input, { messageId, answerId, nowMs }),
    async listTakingPart(after, limit) {
      const { rows } = await pool.query<PoolMailboxRef>(
        `select tenant_id as "tenantId", mailbox_id as "mailboxId" from warmup_mailboxes
         where opted_in_at is not null and ($1::uuid is null or mailbox_id > $1) order by mailbox_id limit $2`,
        [after, limit],
      );
      return rows;
    },
  };
}

interface Writer extends PoolMailboxRef {
  day: string;
  planned: number;
}

/** The mailbox of a warmup that is at work, if it takes part. */
async function loadWriter(pool: pg.Pool, warmupId: string): Promise<Writer | null> {
  const { rows } = await pool.query<Writer>(
    `select m.tenant_id as "tenantId", m.mailbox_id as "mailboxId", w.last_day as day, w.planned
     from warmups w
     join warmup_mailboxes m on m.tenant_id = w.tenant_id and m.address = w.key and m.opted_in_at is not null
     where w.warmup_id = $1 and w.kind = 'mailbox' and w.status = 'active' and w.last_day is not null`,
    [warmupId],
  );
  return rows[0] ?? null;
}

async function planLetters(
  { pool, hours, timeZone }: WarmupPoolInput,
  warmupId: string,
  nowMs: number,
): Promise<void> {
  const writer = await loadWriter(pool, warmupId);
  if (writer === null) return;
  const { tenantId, mailboxId, day, planned } = writer;
  const { rowCount } = await pool.query(
    "select from warmup_messages where warmup_id = $1 and day = $2 limit 1",
    [warmupId, day],
  );
  const window = windowOf(day, nowMs, { hours, timeZone });
  if (rowCount !== 0 || window === null) return;
  const { rows: others } = await pool.query<{ mailboxId: string; address: string }>(
    `select mailbox_id as "mailboxId", address from warmup_mailboxes
     where tenant_id = $1 and opted_in_at is not null and mailbox_id <> $2 order by mailbox_id`,
    [tenantId, mailboxId],
  );
  if (others.length === 0) return;
  const seed = `${warmupId} ${day}`;
  const times = sendTimes(seed, threadsOf(planned), window);
  const to = recipientsOf(seed, times.length, others);
  const ids = times.map(() => uuidv7());
  await pool.query(
    `insert into warmup_messages (message_id, tenant_id, from_mailbox, to_mailbox, warmup_id, day, nth, thread_id, due_at,
       mailbox_provider)
     select l.message_id, $1, $2, l.to_mailbox, $3, $4, l.nth, l.message_id, l.due_at, l.provider
     from unnest($5::uuid[], $6::uuid[], $7::int[], $8::timestamptz[], $9::text[])
       as l (message_id, to_mailbox, nth, due_at, provider)
     on conflict (warmup_id, day, nth) where nth is not null do nothing`,
    [
      ...[tenantId, mailboxId, warmupId, day, ids],
      to.map((other) => other.mailboxId),
      times.map((_, nth) => nth),
      times.map((at) => new Date(at)),
      to.map(({ address }) => mailboxProvider(domainOf(address))),
    ],
  );
}

/** `$1` is in the caller's where; both must take part. */
const letterColumns = `p.message_id as "messageId", p.tenant_id as "tenantId", p.thread_id as "threadId", p.depth,
  case when p.answers is null then format('warmup/%s/%s/%s', p.warmup_id, p.day, p.nth)
    else format('warmup-answer/%s', p.answers) end as key,
  f.address as "from", t.address as "to", f.node_id as "nodeId",
  array(select b.internet_id from warmup_messages b
    where b.tenant_id = p.tenant_id and b.thread_id = p.thread_id and b.depth < p.depth and b.internet_id is not null
      and b.message_id in (select message_id from chain)
    order by b.depth) as "references"`;

/** The letters before one, along its answers. */
const chainOf = (start: string): string => `
  with recursive chain as (
    select c.message_id, c.answers from warmup_messages c where ${start}
    union all
    select b.message_id, b.answers from warmup_messages b join chain c on b.message_id = c.answers
  )`;

/** What a warmup has no day for any more, or would be more than its day allows, stays behind. */
async function loadDue(
  pool: pg.Pool,
  warmupId: string,
  nowMs: number,
): Promise<{ letters: DueLetter[]; nextAtMs: number | null }> {
  const writer = await loadWriter(pool, warmupId);
  if (writer === null) return { letters: [], nextAtMs: null };
  await pool.query(
    `update warmup_messages set status = 'skipped', reason = 'its day was over'
     where warmup_id = $1 and day < $2 and status = 'planned'`,
    [warmupId, writer.day],
  );
  const left = writer.planned - (await countSent(pool, writer));
  const { rows } = await pool.query<DueLetter & { dueAt: Date }>(
    `${chainOf("false")}
     select ${letterColumns}, p.due_at as "dueAt"
     from warmup_messages p
     join warmup_mailboxes f on f.mailbox_id = p.from_mailbox and f.opted_in_at is not null
     join warmup_mailboxes t on t.mailbox_id = p.to_mailbox and t.opted_in_at is not null
     where p.warmup_id = $1 and p.day = $2 and p.status = 'planned'
     order by p.due_at limit $3`,
    [warmupId, writer.day, Math.max(0, left)],
  );
  const due = rows.filter(({ dueAt }) => dueAt.getTime() <= nowMs);
  return {
    letters: due.map(({ dueAt: _, ...letter }) => letter),
    nextAtMs: rows[due.length]?.dueAt.getTime() ?? null,
  };
}

async function countSent(
  pool: pg.Pool,
  { mailboxId, day }: Pick<Writer, "mailboxId" | "day">,
): Promise<number> {
  const { rows } = await pool.query<{ sent: number }>(
    `select count(*)::int as sent from warmup_messages where from_mailbox = $1 and day = $2
       and (status = 'sent' or status = 'planned' and answers is not null)`,
    [mailboxId, day],
  );
  return rows[0]?.sent ?? 0;
}

async function loadUnseen(pool: pg.Pool, { tenantId, mailboxId }: PoolMailboxRef): Promise<SentLetter[]> {
  const { rows } = await pool.query<SentLetter>(
    `select message_id as "messageId", internet_id as "internetId", depth,
       (extract(epoch from sent_at) * 1000)::float8 as "sentAtMs"
     from warmup_messages
     where tenant_id = $1 and to_mailbox = $2 and status = 'sent' and placement is null
     order by message_id limit 200`,
    [tenantId, mailboxId],
  );
  return rows;
}

async function loadReactions(
  pool: pg.Pool,
  { tenantId, mailboxId }: PoolMailboxRef,
  nowMs: number,
): Promise<{ due: DueReaction[]; nextAtMs: number | null }> {
  const { rows } = await pool.query<DueReaction & { dueAt: Date }>(
    `select e.message_id as "messageId", p.internet_id as "internetId", e.action, e.due_at as "dueAt"
     from warmup_engagements e join warmup_messages p on p.message_id = e.message_id
     where e.mailbox_id = $2 and e.tenant_id = $1 and e.done_at is null
     order by e.due_at, e.action limit 200`,
    [tenantId, mailboxId],
  );
  const due = rows.filter(({ dueAt }) => dueAt.getTime() <= nowMs);
  return {
    due: due.map(({ dueAt: _, ...reaction }) => reaction),
    nextAtMs: rows[due.length]?.dueAt.getTime() ?? null,
  };
}

interface Answering {
  messageId: string;
  answerId: string;
  nowMs: number;
}

/** Where the answering mailbox warms up, an answer counts in its day, too. */
async function planAnswer(
  { pool, timeZone }: WarmupPoolInput,
  { messageId, answerId, nowMs }: Answering,
): Promise<DueLetter | null> {
  await pool.query(
    `insert into warmup_messages (message_id, tenant_id, from_mailbox, to_mailbox, day, thread_id, answers, depth, due_at,
       mailbox_provider)
     select $2, p.tenant_id, p.to_mailbox, p.from_mailbox, $3, p.thread_id, p.message_id, p.depth + 1, $4, $5
     from warmup_messages p
     join warmup_mailboxes f on f.mailbox_id = p.to_mailbox and f.opted_in_at is not null
     join warmup_mailboxes t on t.mailbox_id = p.from_mailbox and t.opted_in_at is not null
     left join warmups w on w.kind = 'mailbox' and w.key = f.address and w.tenant_id = f.tenant_id and w.ended_at is null
     where p.message_id = $1 and coalesce(w.status, 'active') = 'active' and (w.planned is null or w.planned > (
       select count(*) from warmup_messages s where s.from_mailbox = p.to_mailbox and s.day = $3 and s.status <> 'skipped'))
     on conflict (answers) where answers is not null do nothing`,
    [messageId, answerId, dayOf(nowMs, timeZone), new Date(nowMs), await providerOf(pool, messageId)],
  );
  const { rows } = await pool.query<DueLetter>(
    `${chainOf("c.message_id = $1")}
     select ${letterColumns}
     from warmup_messages p
     join warmup_mailboxes f on f.mailbox_id = p.from_mailbox and f.opted_in_at is not null
     join warmup_mailboxes t on t.mailbox_id = p.to_mailbox and t.opted_in_at is not null
     where p.answers = $1`,
    [messageId],
  );
  return rows[0] ?? null;
}

/** Of whoever the answer goes to. */
async function providerOf(pool: pg.Pool, messageId: string): Promise<string> {
  const { rows } = await pool.query<{ address: string }>(
    `select m.address from warmup_messages p join warmup_mailboxes m on m.mailbox_id = p.from_mailbox
     where p.message_id = $1`,
    [messageId],
  );
  return mailboxProvider(domainOf(rows[0]?.address ?? ""));
}
