import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { mailboxProviderOfDomain, otherMailboxProvider } from "../domain/mailbox-provider.js";
import {
  isFresh,
  mostReasons,
  refusalClass,
  type OutcomeReason,
  type ProviderOutcome,
  type SendOutcomes,
} from "../domain/send-outcomes.js";
import { transaction, type Queryable } from "./pool.js";

export interface SendOutcomeStore {
  /**
   * By mailbox provider, and by reason. Counting a million recipients takes seconds, so what was counted is kept, and counted
   * again at most every five seconds, more seldom the longer it takes, and for an ended send only when something changed.
   *
   * @throws NotFound
   */
  loadOutcomes(tenantId: string, sendId: string): Promise<SendOutcomes>;
}

export function createSendOutcomeStore(pool: pg.Pool): SendOutcomeStore {
  return { loadOutcomes: (tenantId, sendId) => loadOutcomes(pool, { tenantId, sendId }) };
}

interface SendKey {
  tenantId: string;
  sendId: string;
}

async function loadOutcomes(pool: pg.Pool, key: SendKey): Promise<SendOutcomes> {
  const before = await loadKept(pool, key);
  if (isGoodEnough(before)) return outcomesOf(before);
  return transaction(pool, async (client) => {
    // One counts; who asks meanwhile is answered with what was counted before, or waits when there is nothing.
    const lock = before.countedAt === null ? "pg_advisory_xact_lock" : "pg_try_advisory_xact_lock";
    const { rows } = await client.query<{ taken: boolean }>(
      `select coalesce(${lock}(hashtextextended($1, 0))::text, '') <> 'false' as taken`,
      [`send-outcomes ${key.sendId}`],
    );
    if (!rows[0]?.taken) return outcomesOf(before);
    const now = before.countedAt === null ? await loadKept(client, key) : before;
    if (now.countedAt !== null && isGoodEnough(now)) return outcomesOf(now);
    return count(client, { ...key, sendMonth: before.sendMonth });
  });
}

interface Kept {
  sendMonth: string;
  hasEnded: boolean;
  ledgerIsGone: boolean;
  changedAt: Date | null;
  now: Date;
  countedAt: Date | null;
  tookMs: number | null;
  providers: ProviderOutcome[] | null;
  reasons: OutcomeReason[] | null;
}

async function loadKept(db: Queryable, { tenantId, sendId }: SendKey): Promise<Kept> {
  const { rows } = await db.query<Kept>(
    `select s.send_month as "sendMonth", s.status in ('completed', 'cancelled') as "hasEnded",
       s.ledger_dropped_at is not null as "ledgerIsGone", a.updated_at as "changedAt", clock_timestamp() as now,
       o.counted_at as "countedAt", o.took_ms as "tookMs", o.providers, o.reasons
     from campaign_sends s
     left join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = s.tenant_id
     left join send_outcomes o on o.send_id = s.send_id and o.tenant_id = s.tenant_id
     where s.tenant_id = $1 and s.send_id = $2`,
    [tenantId, sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}

function isGoodEnough(kept: Kept): boolean {
  const { countedAt, tookMs } = kept;
  if (kept.ledgerIsGone) return true;
  return countedAt !== null && tookMs !== null && isFresh({ countedAt, tookMs }, kept, kept.now);
}

function outcomesOf({ countedAt, providers, reasons }: Kept): SendOutcomes {
  return { countedAt, providers: providers ?? [], reasons: reasons ?? [] };
}

async function count(db: Queryable, key: SendKey & { sendMonth: string }): Promise<SendOutcomes> {
  // A ledger that has grown since it was last analysed would be looked up row by row: a minute instead of seconds.
  await db.query("select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)");
  const providers = await countProviders(db, key);
  const reasons = await countReasons(db, key);
  const { rows } = await db.query<{ countedAt: Date }>(
    `insert into send_outcomes (send_id, tenant_id, counted_at, took_ms, providers, reasons)
     values ($2, $1, now(), extract(epoch from clock_timestamp() - now()) * 1000, $3, $4)
     on conflict (send_id) do update set counted_at = excluded.counted_at, took_ms = excluded.took_ms,
       providers = excluded.providers, reasons = excluded.reasons
     returning counted_at as "countedAt"`,
    [key.tenantId, key.sendId, JSON.stringify(providers), JSON.stringify(reasons)],
  );
  return { countedAt: rows[0]?.countedAt ?? null, providers, reasons };
}

const ofSend = "r.send_month = $1 and r.send_id = $2 and r.tenant_id = $3";
const providerOf = (email: string): string => `
  left join unnest($4::text[], $5::text[]) p (domain, provider) on p.domain = split_part(${email}, '@', -1)
  left join mail_domains d on d.domain = split_part(${email}, '@', -1)`;

type Counted = { mailboxProvider: string } & Partial<Omit<ProviderOutcome, "mailboxProvider">>;

/** The ledger once, what came back, and what recipients did: each one pass, grouped by provider. */
async function countProviders(
  db: Queryable,
  { sendMonth, sendId, tenantId }: SendKey & { sendMonth: string },
): Promise<ProviderOutcome[]> {
  const values = [
    ...[sendMonth, sendId, tenantId],
    ...[[...mailboxProviderOfDomain.keys()], [...mailboxProviderOfDomain.values()]],
    otherMailboxProvider,
  ];
  const { rows } = await db.query<Counted>(
    `select coalesce(p.provider, d.mailbox_provider, $6) as "mailboxProvider", count(*)::float8 as recipients,
       (count(*) filter (where r.status = 'sent'))::float8 as sent,
       (count(*) filter (where r.status = 'bounced'))::float8 as bounced,
       (count(*) filter (where r.status = 'dead'))::float8 as dead,
       (count(*) filter (where r.status = 'deferred' or r.attempts > 1))::float8 as deferred
     from email_sends r ${providerOf("r.email")} where ${ofSend} group by 1`,
    values,
  );
  const { rows: returned } = await db.query<Counted>(
    `select coalesce(p.provider, d.mailbox_provider, $6) as "mailboxProvider", count(*)::float8 as returned
     from email_returns r ${providerOf("r.email")}
     where r.send_id = $2 and r.tenant_id = $3 and $1::date is not null group by 1`,
    values,
  );
  const { rows: did } = await db.query<Counted>(
    `select coalesce(p.provider, d.mailbox_provider, $6) as "mailboxProvider",
       (count(*) filter (where g.kind = 'complaint'))::float8 as complaints,
       (count(*) filter (where g.kind = 'open'))::float8 as "uniqueOpens",
       (count(*) filter (where g.kind = 'click'))::float8 as "uniqueClicks",
       (count(*) filter (where g.kind = 'unsubscribe'))::float8 as unsubscribes
     from email_engagements g
     join email_sends r on r.send_id = g.send_id and r.contact_id = g.contact_id ${providerOf("r.email")}
     where g.send_id = $2 and g.kind in ('complaint', 'open', 'click', 'unsubscribe') and ${ofSend} group by 1`,
    values,
  );
  const added = [returned, did].map((each) => new Map(each.map((row) => [row.mailboxProvider, row])));
  return rows
    .map((row) => {
      const [back, acts] = added.map((each) => each.get(row.mailboxProvider));
      const all: Omit<ProviderOutcome, "delivered"> = { ...none, ...row, ...back, ...acts };
      return { ...all, delivered: Math.max(0, all.sent - all.returned) };
    })
    .sort((a, b) => b.recipients - a.recipients);
}

const none = {
  ...{ recipients: 0, sent: 0, bounced: 0, returned: 0, deferred: 0, dead: 0 },
  ...{ complaints: 0, uniqueOpens: 0, uniqueClicks: 0, unsubscribes: 0 },
};

async function countReasons(
  db: Queryable,
  { sendMonth, sendId, tenantId }: SendKey & { sendMonth: string },
): Promise<OutcomeReason[]> {
  const { rows } = await db.query<OutcomeReason>(
    `select status, null as "bounceClass", reason, reply_code as "replyCode", enhanced_code as "enhancedCode",
       count(*)::float8 as recipients, min(reply_text collate "C") as "sampleReply"
     from email_sends r where ${ofSend} and status not in ('pending', 'sent') group by 1, 3, 4, 5
     union all
     select 'returned', bounce_class, null, null, enhanced_code, count(*)::float8, min(diagnostic collate "C")
     from email_returns where send_id = $2 and tenant_id = $3 group by 2, 5
     order by recipients desc, status, reason, "replyCode", "enhancedCode" limit $4`,
    [sendMonth, sendId, tenantId, mostReasons],
  );
  return rows.map((row) => ({ ...row, bounceClass: row.bounceClass ?? refusalClass(row.reason) }));
}
