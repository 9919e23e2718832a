import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { everyMailboxProvider, type Suspension } from "../domain/suspensions.js";

/** What of suspensions is ended before its time; what is left out is everybody's. */
export interface Lifting {
  nodeId?: string | undefined;
  mailboxProvider?: string | undefined;
  /** Whoever does it. */
  by: string;
}

export interface SuspensionStore {
  /** Those that hold now. */
  loadSuspensions(): Promise<Suspension[]>;
  /** One that holds already becomes longer, never shorter. */
  recordSuspension(suspension: Suspension): Promise<void>;
  /** With an owner only if it is that tenant's own. @throws NotFound */
  requireNode(nodeId: string, owner?: string): Promise<void>;
  /** @returns how many ended */
  liftSuspensions(lifting: Lifting): Promise<number>;
  /** Ends those whose time has come. @returns them */
  endSuspensions(): Promise<Pick<Suspension, "nodeId" | "mailboxProvider">[]>;
}

export function createSuspensionStore(pool: pg.Pool): SuspensionStore {
  return {
    loadSuspensions: () => loadSuspensions(pool),
    recordSuspension: (suspension) => recordSuspension(pool, suspension),
    requireNode: (nodeId, owner) => requireNode(pool, nodeId, owner),
    liftSuspensions: (lifting) => liftSuspensions(pool, lifting),
    endSuspensions: () => endSuspensions(pool),
  };
}

interface SuspensionRow extends Omit<Suspension, "reply"> {
  code: number;
  enhanced: string | null;
  text: string;
}

async function loadSuspensions(pool: pg.Pool): Promise<Suspension[]> {
  const { rows } = await pool.query<SuspensionRow>({
    name: "load-suspensions",
    text: `select node_id as "nodeId", mailbox_provider as "mailboxProvider", per_second as "perSecond", rule,
             reply_code as code, enhanced_code as enhanced, reply_text as text, since, until
           from provider_suspensions where ended_at is null and until > now() order by node_id, mailbox_provider`,
  });
  return rows.map(({ code, enhanced, text, ...row }) => ({
    ...row,
    reply: { code, ...(enhanced !== null && { enhanced }), text },
  }));
}

/** A node that was removed meanwhile has none. */
async function recordSuspension(pool: pg.Pool, suspension: Suspension): Promise<void> {
  const { nodeId, mailboxProvider, perSecond, rule, reply, since, until } = suspension;
  await pool.query(
    `insert into provider_suspensions as s (node_id, tenant_id, mailbox_provider, per_second, rule, reply_code,
       enhanced_code, reply_text, since, until)
     select node_id, tenant_id, $2, $3, $4, $5, $6, $7, $8, $9 from nodes where node_id = $1
     on conflict (node_id, mailbox_provider) where ended_at is null do update set
       per_second = case when s.until < now() then excluded.per_second
         when s.per_second is null or excluded.per_second is null then null
         else least(s.per_second, excluded.per_second) end,
       rule = excluded.rule, reply_code = excluded.reply_code, enhanced_code = excluded.enhanced_code,
       reply_text = excluded.reply_text, until = greatest(s.until, excluded.until),
       -- One whose end nobody has recorded yet.
       since = case when s.until < now() then excluded.since else s.since end`,
    [
      ...[nodeId, mailboxProvider, perSecond, rule],
      ...[reply.code, reply.enhanced ?? null, reply.text, since, until],
    ],
  );
}

async function liftSuspensions(pool: pg.Pool, { nodeId, mailboxProvider, by }: Lifting): Promise<number> {
  const { rowCount } = await pool.query(
    `update provider_suspensions set ended_at = now(), lifted_by = $3
     where ended_at is null and ($1::text is null or node_id = $1)
       and ($2::text is null or mailbox_provider in ($2, '${everyMailboxProvider}'))`,
    [nodeId ?? null, mailboxProvider ?? null, by],
  );
  return rowCount ?? 0;
}

async function requireNode(pool: pg.Pool, nodeId: string, owner?: string): Promise<void> {
  const { rowCount } = await pool.query(
    "select from nodes where node_id = $1 and ($2::text is null or tenant_id = $2)",
    [nodeId, owner ?? null],
  );
  if (rowCount === 0) throw new NotFound("node", nodeId);
}

async function endSuspensions(pool: pg.Pool): Promise<Pick<Suspension, "nodeId" | "mailboxProvider">[]> {
  const { rows } = await pool.query<Pick<Suspension, "nodeId" | "mailboxProvider">>({
    name: "end-suspensions",
    text: `update provider_suspensions set ended_at = until where ended_at is null and until <= now()
           returning node_id as "nodeId", mailbox_provider as "mailboxProvider"`,
  });
  return rows;
}
