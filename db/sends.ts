import type pg from "pg";
import type { SendProgress, SendTotals } from "../activities/campaign-ports.js";
import { Conflict, InvalidInput, NotFound, type FieldProblem } from "../domain/errors.js";
import type { Lane } from "../domain/lanes.js";
import { settledRecipients, totalRecipients } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";
import { countLedger } from "./ledger-counts.js";
import { transaction, type Queryable } from "./pool.js";
import { createRecipientStore, type RecipientStore } from "./recipients.js";
import { loadProgress } from "./send-store.js";

export interface NewSend {
  tenantId: string;
  campaignId: string;
  /** A second start with the same key is the same send; default `first`. */
  runKey?: string;
  sendId: string;
  /** Absolute start; null: at once, or at the local start. */
  scheduledAt?: Date | null;
  /** `2026-12-01T09:00`: wall clock in each recipient's time zone. */
  localStart?: string | null;
  /** IANA name; for recipients without one of their own. */
  timeZone: string;
  perSecond?: number | null;
  /** Later than this after its time, a start is late; default: a day. */
  lateAfterMs?: number;
  /** Default: hold. */
  onLate?: "hold" | "send";
  /** Who asked for it. */
  user?: string | null;
}

/** One run of a campaign. */
export interface Send {
  sendId: string;
  tenantId: string;
  campaignId: string;
  campaignName: string;
  lane: Lane;
  runKey: string;
  status: SendStatus;
  scheduledAt: Date | null;
  localStart: string | null;
  timeZone: string;
  perSecond: number | null;
  recipients: number;
  retryRound: number;
  createdAt: Date;
  /** How late it began, if that was more than a minute; null otherwise. */
  lateMs: number | null;
  startedAt: Date | null;
  firstSentAt: Date | null;
  finishedAt: Date | null;
}

/** A send with its ledger counted exactly. */
export interface SendSummary extends Send, SendTotals {
  /** The audience is complete, and every recipient stands in one final status. */
  accountedFor: boolean;
  /** Of those sent: accepted, and came back. */
  returned: number;
}

export interface Sends extends RecipientStore {
  /**
   * Idempotent by campaign and run key: the send that exists is returned as it is.
   * @throws InvalidInput; NotFound when the tenant has no such campaign; Conflict when another send has this id.
   */
  createSend(send: NewSend): Promise<{ sendId: string; created: boolean }>;
  /** @throws NotFound */
  loadSend(tenantId: string, sendId: string): Promise<Send>;
  /** Newest first; `before` is the last send of the page before. */
  listSends(tenantId: string, page: { campaignId?: string; before?: string; limit: number }): Promise<Send[]>;
  /** @throws NotFound */
  loadSummary(tenantId: string, sendId: string): Promise<SendSummary>;
  /** @throws NotFound */
  loadProgress(sendId: string): Promise<SendProgress>;
}

export function createSends(pool: pg.Pool): Sends {
  return {
    ...createRecipientStore(pool),
    createSend: (send) => createSend(pool, send),
    loadSend: (tenantId, sendId) => loadSend(pool, tenantId, sendId),
    listSends: (tenantId, page) => listSends(pool, tenantId, page),
    loadSummary: (tenantId, sendId) => loadSummary(pool, tenantId, sendId),
    loadProgress: (sendId) => loadProgress(pool, sendId),
  };
}

async function createSend(pool: pg.Pool, send: NewSend): Promise<{ sendId: string; created: boolean }> {
  await checkSend(pool, send);
  const month = await ensurePartition(pool);
  return transaction(pool, async (client) => {
    const created = await insertSend(client, send, month);
    if (created) return { sendId: send.sendId, created };
    return { sendId: await findSend(client, send), created };
  });
}

async function checkSend(pool: pg.Pool, send: NewSend): Promise<void> {
  const problems: FieldProblem[] = [];
  const { rows } = await pool.query<{ known: boolean }>(
    "select exists (select from pg_timezone_names where lower(name) = lower($1)) as known",
    [send.timeZone],
  );
  if (!rows[0]?.known)
    problems.push({ field: "timeZone", problem: "is not a time zone; give an IANA name such as UTC" });
  if (send.localStart && send.scheduledAt) {
    problems.push({ field: "localStart", problem: "cannot be combined with scheduledAt; give one of them" });
  }
  if (send.localStart && !isWallClock(send.localStart)) {
    problems.push({ field: "localStart", problem: "is not a local time; give one such as 2026-12-01T09:00" });
  }
  if (send.perSecond !== undefined && send.perSecond !== null && !(send.perSecond > 0)) {
    problems.push({ field: "perSecond", problem: "must be above zero" });
  }
  if (problems.length > 0) throw new InvalidInput(problems);
}

function isWallClock(text: string): boolean {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?$/.exec(text);
  if (!match) return false;
  const date = new Date(`${text}Z`);
  // The round trip refuses 30 February, which Date would move to March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(match[1] ?? "");
}

/** Asked first: making a partition locks the ledger for a moment, also when the partition turns out to be there. */
export async function ensurePartition(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ month: string; missing: boolean }>(
    `select month, to_regclass('email_sends_' || to_char(month, 'YYYY_MM')) is null as missing
     from (select date_trunc('month', now() at time zone 'utc')::date as month) m`,
  );
  const { month, missing } = rows[0] ?? { month: "", missing: true };
  if (missing) await pool.query("select ensure_email_sends_partition($1)", [month]);
  return month;
}

const dayMs = 24 * 3_600_000;

async function insertSend(client: pg.PoolClient, send: NewSend, month: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `with inserted as (
       insert into campaign_sends (send_id, tenant_id, campaign_id, run_key, send_month, template_version_id,
         scheduled_at, local_start, time_zone, per_second, user_id, late_after_ms, on_late)
       select $3, tenant_id, campaign_id, $4, $5, template_version_id, $6, $7, $8, $9, $10, $11, $12
       from campaigns where campaign_id = $2 and tenant_id = $1 and kind = 'broadcast'
       -- A draft that is being changed: what it is then.
       for no key update
       on conflict do nothing
       returning campaign_id
     )
     update campaigns set status = 'sending', updated_at = now()
     from inserted where campaigns.campaign_id = inserted.campaign_id and campaigns.tenant_id = $1`,
    [
      ...[
        send.tenantId,
        send.campaignId,
        send.sendId,
        send.runKey ?? "first",
        month,
        send.scheduledAt ?? null,
      ],
      ...[send.localStart ?? null, send.timeZone, send.perSecond ?? null, send.user ?? null],
      ...[send.lateAfterMs ?? dayMs, send.onLate ?? "hold"],
    ],
  );
  return rowCount === 1;
}

async function findSend(client: pg.PoolClient, send: NewSend): Promise<string> {
  const { rows } = await client.query<{ send_id: string | null; kind: string }>(
    `select s.send_id, c.kind from campaigns c
     left join campaign_sends s on s.campaign_id = c.campaign_id and s.tenant_id = c.tenant_id and s.run_key = $3
     where c.campaign_id = $2 and c.tenant_id = $1`,
    [send.tenantId, send.campaignId, send.runKey ?? "first"],
  );
  if (!rows[0]) throw new NotFound("campaign", send.campaignId);
  if (rows[0].kind !== "broadcast") {
    const what = rows[0].kind === "sequence" ? "a sequence" : "an A/B test";
    throw new Conflict(`Campaign ${send.campaignId} is ${what}; start it as one.`, {
      campaignId: send.campaignId,
    });
  }
  if (rows[0].send_id === null)
    throw new Conflict(`Another send has the id ${send.sendId}.`, { sendId: send.sendId });
  return rows[0].send_id;
}

const selectSend = `
  select s.send_id as "sendId", s.tenant_id as "tenantId", s.campaign_id as "campaignId", c.name as "campaignName",
    c.lane, s.run_key as "runKey", s.status, s.scheduled_at as "scheduledAt", s.local_start as "localStart",
    s.time_zone as "timeZone", s.per_second as "perSecond", s.recipients::float8 as recipients,
    s.retry_round as "retryRound", s.late_ms::float8 as "lateMs", s.created_at as "createdAt", s.started_at as "startedAt",
    s.first_sent_at as "firstSentAt", s.finished_at as "finishedAt"
  from`;
const withCampaign = "join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id";

async function loadSend(db: Queryable, tenantId: string, sendId: string): Promise<Send> {
  const { rows } = await db.query<Send>(
    `${selectSend} campaign_sends s ${withCampaign} where s.tenant_id = $1 and s.send_id = $2`,
    [tenantId, sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}

async function listSends(
  pool: pg.Pool,
  tenantId: string,
  { campaignId, before, limit }: { campaignId?: string; before?: string; limit: number },
): Promise<Send[]> {
  const { rows } = await pool.query<Send>(
    // The page first, then its campaigns: joined the other way round, all of the tenant's are read.
    `${selectSend} (
       select * from campaign_sends
       where tenant_id = $1 and ($2::uuid is null or campaign_id = $2)
         and ($3::uuid is null or (created_at, send_id) < (
           (select created_at from campaign_sends where tenant_id = $1 and send_id = $3), $3))
       order by created_at desc, send_id desc limit $4
     ) s ${withCampaign}
     order by s.created_at desc, s.send_id desc`,
    [tenantId, campaignId ?? null, before ?? null, limit],
  );
  return rows;
}

async function loadSummary(pool: pg.Pool, tenantId: string, sendId: string): Promise<SendSummary> {
  const { rows } = await pool.query<{ send_month: string; snapshot_done: boolean }>(
    "select send_month, snapshot_done from campaign_sends where tenant_id = $1 and send_id = $2",
    [tenantId, sendId],
  );
  const row = rows[0];
  if (!row) throw new NotFound("send", sendId);
  const totals = await countLedger(pool, { sendId, sendMonth: row.send_month, tenantId });
  const send = await loadSend(pool, tenantId, sendId);
  const settled = settledRecipients(totals.counts) === totalRecipients(totals.counts);
  // Cancelling stops the snapshot: those who were never taken into the ledger are not owed an account.
  const audience = row.snapshot_done || send.status === "cancelled";
  const returned = await countReturned(pool, tenantId, sendId);
  return { ...send, ...totals, accountedFor: audience && settled, returned };
}

async function countReturned(pool: pg.Pool, tenantId: string, sendId: string): Promise<number> {
  const { rows } = await pool.query<{ returned: number }>(
    "select count(*)::int as returned from email_returns where tenant_id = $1 and send_id = $2",
    [tenantId, sendId],
  );
  return rows[0]?.returned ?? 0;
}
