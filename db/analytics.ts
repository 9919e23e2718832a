import type pg from "pg";
import { NotFound } from "../domain/errors.js";

/** What became of a send. Recipients are counted when it ends; what comes back, opens, clicks, unsubscribes and replies as they come. */
export interface SendAnalytics {
  sendId: string;
  recipients: number;
  sent: number;
  bounced: number;
  dead: number;
  suppressed: number;
  cancelled: number;
  unknown: number;
  possibleDuplicates: number;
  /** Of those sent: accepted, and came back. */
  returned: number;
  /** Of those sent by a provider that tells: taken by the recipient's server. */
  delivered: number;
  opens: number;
  uniqueOpens: number;
  clicks: number;
  uniqueClicks: number;
  unsubscribes: number;
  replies: number;
}

/** What happened on one day (UTC), written each night. */
export interface DayAnalytics {
  /** `YYYY-MM-DD` */
  day: string;
  recipients: number;
  sent: number;
  bounced: number;
  dead: number;
  suppressed: number;
  returned: number;
  opens: number;
  uniqueOpens: number;
  clicks: number;
  uniqueClicks: number;
  unsubscribes: number;
  complaints: number;
}

export interface Days {
  tenantId: string;
  /** Absent: of all that the tenant sends. */
  campaignId?: string | undefined;
  /** Both included. */
  from: string;
  to: string;
}

export interface AnalyticsStore {
  /** All zero for a send that has neither ended nor been opened. @throws NotFound */
  loadAnalytics(tenantId: string, sendId: string): Promise<SendAnalytics>;
  /** The sends of one campaign, newest first. */
  listAnalytics(tenantId: string, campaignId: string): Promise<SendAnalytics[]>;
  /** Days on which there was anything, in order. */
  listDays(days: Days): Promise<DayAnalytics[]>;
}

export function createAnalyticsStore(pool: pg.Pool): AnalyticsStore {
  return {
    loadAnalytics: (tenantId, sendId) => loadAnalytics(pool, tenantId, sendId),
    listAnalytics: (tenantId, campaignId) => listAnalytics(pool, tenantId, campaignId),
    listDays: (days) => listDays(pool, days),
  };
}

const counts: Record<Exclude<keyof SendAnalytics, "sendId">, string> = {
  recipients: "recipients",
  sent: "sent",
  bounced: "bounced",
  dead: "dead",
  suppressed: "suppressed",
  cancelled: "cancelled",
  unknown: "unknown",
  possibleDuplicates: "possible_duplicates",
  returned: "returned",
  delivered: "delivered",
  opens: "opens",
  uniqueOpens: "unique_opens",
  clicks: "clicks",
  uniqueClicks: "unique_clicks",
  unsubscribes: "unsubscribes",
  replies: "replies",
};

const selectAnalytics = `
  select s.send_id as "sendId",
    ${Object.entries(counts)
      .map(([name, column]) => `coalesce(a.${column}, 0)::float8 as "${name}"`)
      .join(", ")}
  from campaign_sends s left join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = s.tenant_id`;

async function loadAnalytics(pool: pg.Pool, tenantId: string, sendId: string): Promise<SendAnalytics> {
  const { rows } = await pool.query<SendAnalytics>(
    `${selectAnalytics} where s.tenant_id = $1 and s.send_id = $2`,
    [tenantId, sendId],
  );
  if (!rows[0]) throw new NotFound("send", sendId);
  return rows[0];
}

async function listAnalytics(pool: pg.Pool, tenantId: string, campaignId: string): Promise<SendAnalytics[]> {
  const { rows } = await pool.query<SendAnalytics>(
    `${selectAnalytics} where s.tenant_id = $1 and s.campaign_id = $2 order by s.created_at desc, s.send_id`,
    [tenantId, campaignId],
  );
  return rows;
}

const dayCounts: Record<Exclude<keyof DayAnalytics, "day">, string> = {
  recipients: "recipients",
  sent: "sent",
  bounced: "bounced",
  dead: "dead",
  suppressed: "suppressed",
  returned: "returned",
  opens: "opens",
  uniqueOpens: "unique_opens",
  clicks: "clicks",
  uniqueClicks: "unique_clicks",
  unsubscribes: "unsubscribes",
  complaints: "complaints",
};

async function listDays(pool: pg.Pool, { tenantId, campaignId, from, to }: Days): Promise<DayAnalytics[]> {
  const columns = Object.entries(dayCounts)
    .map(([name, column]) => `${column}::float8 as "${name}"`)
    .join(", ");
  const ofDays = `tenant_id = $1 and day between $2::date and $3::date`;
  const { rows } =
    campaignId === undefined
      ? await pool.query<DayAnalytics>(
          `select day, ${columns} from tenant_analytics_daily where ${ofDays} order by day`,
          [tenantId, from, to],
        )
      : await pool.query<DayAnalytics>(
          `select day, ${columns} from campaign_analytics_daily where ${ofDays} and campaign_id = $4 order by day`,
          [tenantId, from, to, campaignId],
        );
  return rows;
}
