import type pg from "pg";
import type { ExportPlan, ExportSources } from "../activities/export-ports.js";
import type { ExportFilter, ExportKind } from "../domain/exports.js";
import { selectContacts } from "./contact-export.js";
import { copyCsv, plain, text, time, toLiteral, type CsvSelection } from "./csv-copy.js";
import { ledgerColumns } from "./recipient-export.js";
import { findSendMonth } from "./send-month.js";

/** Each kind's rows and columns, read in one snapshot. */
export function createExportSources(pool: pg.Pool): ExportSources {
  return {
    async open(plan) {
      let rowsTotal = 0;
      const { columns, csv } = await copyCsv(
        pool,
        async (client) => {
          const selection = await selections[plan.kind](client, plan);
          rowsTotal = await countRows(client, selection);
          return selection;
        },
        { raw: plan.raw },
      );
      return { columns, csv, rowsTotal };
    },
  };
}

type Select = (client: pg.ClientBase, plan: ExportPlan) => Promise<CsvSelection>;

const selections: Record<ExportKind, Select> = {
  contacts: (client, { tenantId, filter: { list, segment } }) =>
    selectContacts(client, { tenantId, ...(list && { list }), ...(segment && { segment }) }),
  sends: selectSends,
  events: async (_client, plan) => selectEvents(plan),
  analytics: async (_client, plan) => selectAnalytics(plan),
};

async function countRows(client: pg.ClientBase, { from }: CsvSelection): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) as count ${from}`);
  return Number(rows[0]?.count ?? 0);
}

async function selectSends(client: pg.ClientBase, { tenantId, filter }: ExportPlan): Promise<CsvSelection> {
  const conditions = [
    `r.tenant_id = ${toLiteral(tenantId)}`,
    ...between("s.created_at", filter),
    ...(filter.campaignId === undefined ? [] : [`s.campaign_id = ${toLiteral(filter.campaignId)}`]),
    ...(filter.sendId === undefined ? [] : [await ofSend(client, tenantId, filter.sendId)]),
  ];
  return {
    columns: [
      plain("send_id", "r.send_id"),
      plain("campaign_id", "s.campaign_id"),
      text("campaign", "c.name"),
      ...ledgerColumns,
    ],
    from: `from email_sends r
      join campaign_sends s on s.send_id = r.send_id and s.tenant_id = r.tenant_id and s.send_month = r.send_month
      join campaigns c on c.campaign_id = s.campaign_id
      left join email_returns t on t.send_id = r.send_id and t.contact_id = r.contact_id and t.tenant_id = r.tenant_id
      where ${conditions.join(" and ")}`,
    orderBy: "r.send_id, r.contact_id",
  };
}

/** With the month as a value, so that only its partition is read. */
async function ofSend(client: pg.ClientBase, tenantId: string, sendId: string): Promise<string> {
  const month = await findSendMonth(client, tenantId, sendId);
  return `r.send_month = ${toLiteral(month)} and r.send_id = ${toLiteral(sendId)}`;
}

function selectEvents({ tenantId, filter }: ExportPlan): CsvSelection {
  const conditions = [
    `e.tenant_id = ${toLiteral(tenantId)}`,
    ...between("e.occurred_at", filter),
    ...(filter.sendId === undefined ? [] : [`e.send_id = ${toLiteral(filter.sendId)}`]),
    ...(filter.eventKinds === undefined ? [] : [`e.kind = any (${toLiteral(filter.eventKinds)})`]),
  ];
  return {
    columns: [
      plain("event_id", "e.event_id"),
      time("occurred_at", "e.occurred_at"),
      plain("kind", "e.kind"),
      plain("send_id", "e.send_id"),
      plain("contact_id", "e.contact_id"),
      text("email", "c.email"),
      plain("link", "e.link"),
      text("url", "e.url"),
      text("user_agent", "e.user_agent"),
    ],
    from: `from email_events e
      left join contacts c on c.contact_id = e.contact_id and c.tenant_id = e.tenant_id
      where ${conditions.join(" and ")}`,
    orderBy: "e.event_id",
  };
}

const counts = [
  ...[
    "recipients",
    "sent",
    "bounced",
    "dead",
    "suppressed",
    "returned",
    "opens",
    "unique_opens",
    "clicks",
    "unique_clicks",
  ],
  ...["unsubscribes", "complaints"],
];

function selectAnalytics({ tenantId, filter }: ExportPlan): CsvSelection {
  const conditions = [
    `a.tenant_id = ${toLiteral(tenantId)}`,
    ...between("(a.day::timestamp at time zone 'UTC')", filter),
    ...(filter.campaignId === undefined ? [] : [`a.campaign_id = ${toLiteral(filter.campaignId)}`]),
  ];
  return {
    columns: [
      plain("day", "a.day"),
      plain("campaign_id", "a.campaign_id"),
      text("campaign", "c.name"),
      ...counts.map((name) => plain(name, `a.${name}`)),
    ],
    from: `from campaign_analytics_daily a
      left join campaigns c on c.campaign_id = a.campaign_id and c.tenant_id = a.tenant_id
      where ${conditions.join(" and ")}`,
    orderBy: "a.day, a.campaign_id",
  };
}

function between(column: string, { from, to }: ExportFilter): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${toLiteral(from)}::timestamptz`]),
    ...(to === undefined ? [] : [`${column} < ${toLiteral(to)}::timestamptz`]),
  ];
}
