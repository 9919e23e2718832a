import type pg from "pg";
import type { Delivery, SendDirectory } from "../activities/delivery-ports.js";
import type { EmailGroupStore, EmailRefusal } from "../activities/email-ports.js";
import { NotFound } from "../domain/errors.js";
import { noRecipients, type RecipientCounts, type RecipientStatus } from "../domain/recipient-status.js";
import { isSuppressed } from "./email-ledger.js";

/** What delivering asks about a group of single emails: constant, and never paused as a whole. */
export function createEmailDirectory(
  pool: pg.Pool,
  loadNodes: SendDirectory["loadNodes"],
): SendDirectory<Delivery> {
  return {
    loadSend: (groupId) => loadGroup(pool, groupId),
    loadControl: () => Promise.resolve({ status: "sending", perSecond: null }),
    loadNodes,
  };
}

export function createEmailGroupStore(pool: pg.Pool): EmailGroupStore {
  return {
    countUnsettled: (groupId) => countUnsettled(pool, groupId),
    refuseEmails: (groupId, refusals) => refuseEmails(pool, groupId, refusals),
    suppressRecipients: (groupId) => suppressRecipients(pool, groupId),
    cancelRecipients: (groupId) => cancelRecipients(pool, groupId),
    countGroup: (groupId) => countGroup(pool, groupId),
  };
}

async function loadGroup(pool: pg.Pool, groupId: string): Promise<Delivery> {
  const { rows } = await pool.query<Delivery>(
    `select g.group_id as "sendId", g.tenant_id as "tenantId", g.lane, g.on_unknown as "onUnknown",
       t.provider_choice as "providerChoice", g.node_id as "nodeId", (select from_email from emails where group_id = g.group_id order by email_id limit 1) as "fromEmail"
     from email_groups g
     join tenants t on t.tenant_id = g.tenant_id
     where g.group_id = $1`,
    [groupId],
  );
  if (!rows[0]) throw new NotFound("group of emails", groupId);
  return rows[0];
}

async function countUnsettled(pool: pg.Pool, groupId: string): Promise<number> {
  const { rows } = await pool.query<{ unsettled: number }>(
    `select count(*)::int as unsettled from email_recipients
     where group_id = $1 and status in ('pending', 'deferred')`,
    [groupId],
  );
  return rows[0]?.unsettled ?? 0;
}

/** Like every settlement outside an attempt, it leaves alone what an attempt has announced: that may have left. */
async function refuseEmails(pool: pg.Pool, groupId: string, refusals: EmailRefusal[]): Promise<void> {
  if (refusals.length === 0) return;
  await pool.query(
    `with refused as (
       update email_recipients r set status = 'dead', reason = i.reason, settled_at = now()
       from unnest($2::uuid[], $3::text[]) as i (email_id, reason)
       where r.group_id = $1 and r.email_id = i.email_id and r.status in ('pending', 'deferred')
         and r.announced_at is null
       returning r.tenant_id, r.email_id, r.position, r.reason, r.attempts
     )
     insert into dead_letters (tenant_id, email_id, email_position, reason, attempts)
     select tenant_id, email_id, position, reason, attempts from refused
     on conflict do nothing`,
    [
      groupId,
      refusals.map(({ emailId }) => emailId),
      refusals.map(({ reason, detail }) => `${reason}: ${detail}`),
    ],
  );
}

async function suppressRecipients(pool: pg.Pool, groupId: string): Promise<number> {
  const { rowCount } = await pool.query(
    `update email_recipients r set status = 'suppressed', reason = 'suppressed', settled_at = now()
     where r.group_id = $1 and r.status in ('pending', 'deferred') and r.announced_at is null and ${isSuppressed}`,
    [groupId],
  );
  return rowCount ?? 0;
}

async function cancelRecipients(pool: pg.Pool, groupId: string): Promise<number> {
  const { rowCount } = await pool.query(
    `update email_recipients set status = 'cancelled', reason = 'cancelled', settled_at = now()
     where group_id = $1 and status in ('pending', 'deferred') and announced_at is null`,
    [groupId],
  );
  return rowCount ?? 0;
}

/** The group's row is locked and remembers what it has counted, so that only differences reach the analytics. */
async function countGroup(pool: pg.Pool, groupId: string): Promise<RecipientCounts> {
  const { rows } = await pool.query<{ status: RecipientStatus; count: number }>(
    `with g as (
       select group_id, tenant_id, counted from email_groups where group_id = $1 for no key update
     ), present as (
       select coalesce(e.campaign_id, '00000000-0000-0000-0000-000000000000') as campaign_id, r.status as kind,
         count(*)::bigint as count
       from email_recipients r join emails e on e.email_id = r.email_id
       where r.group_id = $1
       group by 1, 2
     ), final as (
       select * from present where kind not in ('pending', 'deferred')
     ), difference as (
       select campaign_id, kind, coalesce(n.count, 0) - coalesce(b.count, 0) as count
       from final n
       full join (
         select b.* from g, jsonb_to_recordset(g.counted) as b (campaign_id uuid, kind text, count bigint)
       ) b using (campaign_id, kind)
     ), counted as (
       insert into email_analytics (tenant_id, day, campaign_id, kind, count)
       select g.tenant_id, (now() at time zone 'UTC')::date, d.campaign_id, d.kind, d.count
       from g, difference d where d.count <> 0 order by d.campaign_id, d.kind
       on conflict (tenant_id, day, campaign_id, kind) do update set count = email_analytics.count + excluded.count
     ), remembered as (
       update email_groups set
         counted = coalesce((select jsonb_agg(to_jsonb(final)) from final), '[]'),
         finished_at = case when not exists (select from present where kind in ('pending', 'deferred'))
           then coalesce(finished_at, now()) end
       where group_id = $1 and exists (select from g)
     )
     select kind as status, sum(count)::int as count from present group by 1`,
    [groupId],
  );
  return { ...noRecipients(), ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}
