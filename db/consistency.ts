import type pg from "pg";
import type { ConsistencyStore, Finding } from "../activities/recurring-ports.js";
import { finalRecipientStatuses, settledRecipients, totalRecipients } from "../domain/recipient-status.js";
import { finish } from "./closing.js";
import { countLedger } from "./ledger-counts.js";
import { completeCampaigns, outlivedItsSends } from "./open-work.js";
import { transaction } from "./pool.js";

export function createConsistencyStore(pool: pg.Pool): ConsistencyStore {
  return {
    checkSends: (page) => checkSends(pool, page),
    checkCounters: async () => [...(await checkLists(pool)), ...(await checkCampaigns(pool))],
    repair: (finding) => repair(pool, finding),
  };
}

type Counted = Record<string, number>;

interface EndedSend {
  sendId: string;
  tenantId: string;
  sendMonth: string;
  recipients: number;
  counted: Counted | null;
}

async function checkSends(
  pool: pg.Pool,
  { days, after, limit }: { days: number; after: string | null; limit: number },
): Promise<{ findings: Finding[]; next: string | null }> {
  const { rows } = await pool.query<EndedSend>(
    `select s.send_id as "sendId", s.tenant_id as "tenantId", s.send_month as "sendMonth",
       s.recipients::float8 as recipients, to_jsonb(a) as counted
     from campaign_sends s left join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = s.tenant_id
     where s.status in ('completed', 'cancelled') and s.ledger_dropped_at is null
       and s.finished_at between now() - $1 * interval '1 day' and now() - interval '1 minute'
       and ($2::uuid is null or s.send_id > $2)
     order by s.send_id limit $3`,
    [days, after, limit],
  );
  const findings: Finding[] = [];
  for (const send of rows) findings.push(...(await checkSend(pool, send)));
  return { findings, next: rows.length < limit ? null : (rows.at(-1)?.sendId ?? null) };
}

async function checkSend(pool: pg.Pool, send: EndedSend): Promise<Finding[]> {
  const { counts } = await countLedger(pool, send);
  const total = totalRecipients(counts);
  const unsettled = total - settledRecipients(counts);
  const of = { subjectId: send.sendId, tenantId: send.tenantId };
  const findings: Finding[] = [];
  if (unsettled > 0) {
    // Whether they got it is not knowable from here: a person decides.
    const detail = `The send has ended, but ${unsettled} of its recipients are not settled.`;
    findings.push({ kind: "send-unsettled", ...of, detail, repairable: false });
  }
  const wrong = finalRecipientStatuses.filter((status) => counts[status] !== (send.counted?.[status] ?? 0));
  if (unsettled === 0 && wrong.length > 0) {
    const detail = wrong
      .map((status) => `${status}: ${counts[status]} in the ledger, ${send.counted?.[status] ?? 0} counted`)
      .join("; ");
    findings.push({ kind: "send-counts", ...of, detail, repairable: true });
  }
  if (total !== send.recipients) {
    const detail = `recipients: ${total} in the ledger, ${send.recipients} counted`;
    findings.push({ kind: "send-recipients", ...of, detail, repairable: true });
  }
  return findings;
}

async function checkLists(pool: pg.Pool): Promise<Finding[]> {
  const { rows } = await pool.query<{ listId: string; tenantId: string; counted: number; present: number }>(
    `select l.list_id as "listId", l.tenant_id as "tenantId", l.contact_count::float8 as counted,
       count(c.contact_id)::float8 as present
     from lists l left join list_contacts c on c.list_id = l.list_id
     group by l.list_id having l.contact_count <> count(c.contact_id)`,
  );
  return rows.map(({ listId, tenantId, counted, present }) => ({
    kind: "list-count",
    subjectId: listId,
    tenantId,
    detail: `contacts: ${present} in the list, ${counted} counted`,
    repairable: true,
  }));
}

async function checkCampaigns(pool: pg.Pool): Promise<Finding[]> {
  const { rows } = await pool.query<{ campaignId: string; tenantId: string }>(
    `select c.campaign_id as "campaignId", c.tenant_id as "tenantId" from campaigns c where ${outlivedItsSends}`,
  );
  return rows.map(({ campaignId, tenantId }) => ({
    kind: "campaign-open",
    subjectId: campaignId,
    tenantId,
    detail: "All of its sends have ended, but the campaign is open.",
    repairable: true,
  }));
}

async function repair(pool: pg.Pool, { kind, subjectId, tenantId }: Finding): Promise<boolean> {
  switch (kind) {
    case "send-counts":
      // A closed send stays as it is and is counted again.
      await finish(pool, subjectId, "completed");
      return true;
    case "send-recipients":
      return recountRecipients(pool, tenantId, subjectId);
    case "list-count":
      return recountList(pool, tenantId, subjectId);
    case "campaign-open":
      return (await completeCampaigns(pool, subjectId)) > 0;
    default:
      return false;
  }
}

async function recountRecipients(pool: pg.Pool, tenantId: string, sendId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update campaign_sends s set recipients = (
       select count(*) from email_sends r
       where r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id)
     where s.send_id = $1 and s.tenant_id = $2 and s.status in ('completed', 'cancelled')
       and s.ledger_dropped_at is null`,
    [sendId, tenantId],
  );
  return rowCount === 1;
}

/** Locked first, counted next: whoever adds contacts updates the list in the same transaction. */
async function recountList(pool: pg.Pool, tenantId: string, listId: string): Promise<boolean> {
  return transaction(pool, async (client) => {
    await client.query("select 1 from lists where list_id = $1 and tenant_id = $2 for no key update", [
      listId,
      tenantId,
    ]);
    const { rowCount } = await client.query(
      `update lists set contact_count = (select count(*) from list_contacts where list_id = $1)
       where list_id = $1 and tenant_id = $2`,
      [listId, tenantId],
    );
    return rowCount === 1;
  });
}
