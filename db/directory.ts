import type pg from "pg";
import type { SendContext, SendControl, SendDirectory, SendNode } from "../activities/delivery-ports.js";
import { FloeError, NotFound } from "../domain/errors.js";
import type { Lane } from "../domain/lanes.js";
import type { OnUnknown } from "../domain/outcome.js";
import type { SendStatus } from "../domain/send-status.js";
import { nodePassword, type Sealer } from "./sealed.js";

/** What delivering asks about a send and its nodes. Nothing is cached here: every call reads Postgres. */
export function createSendDirectory(pool: pg.Pool, sealer: Sealer): SendDirectory {
  return {
    loadSend: (sendId) => loadSend(pool, sendId),
    loadControl: (sendId) => loadControl(pool, sendId),
    loadNodes: (tenantId) => loadNodes(pool, sealer, tenantId),
  };
}

interface SendRow {
  send_month: string;
  tenant_id: string;
  campaign_id: string;
  lane: Lane;
  on_unknown: OnUnknown;
  on_missing_variable: "empty" | "refuse";
  track_opens: boolean;
  track_clicks: boolean;
  from_name: string | null;
  from_email: string;
  reply_to: string | null;
  headers: Record<string, string>;
  provider_choice: string;
  template_version_id: string;
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  links: string[];
}

async function loadSend(pool: pg.Pool, sendId: string): Promise<SendContext> {
  const { rows } = await pool.query<SendRow>(
    `select s.send_month, s.tenant_id, s.campaign_id, c.lane, c.on_unknown, c.on_missing_variable, c.track_opens,
       c.track_clicks, coalesce(s.from_name, c.from_name) as from_name, c.from_email, c.reply_to, c.headers, t.provider_choice,
       v.template_version_id, v.subject, v.preheader, v.html, v.text, v.links
     from campaign_sends s
     join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id
     join template_versions v on v.template_version_id = s.template_version_id and v.tenant_id = s.tenant_id
     join tenants t on t.tenant_id = s.tenant_id
     where s.send_id = $1`,
    [sendId],
  );
  const row = rows[0];
  if (!row) throw new NotFound("send", sendId);
  return {
    sendId,
    sendMonth: row.send_month,
    tenantId: row.tenant_id,
    campaignId: row.campaign_id,
    lane: row.lane,
    onUnknown: row.on_unknown,
    onMissingVariable: row.on_missing_variable,
    trackOpens: row.track_opens,
    trackClicks: row.track_clicks,
    fromName: row.from_name,
    fromEmail: row.from_email,
    replyTo: row.reply_to,
    headers: row.headers,
    template: {
      templateVersionId: row.template_version_id,
      subject: row.subject,
      preheader: row.preheader,
      html: row.html,
      text: row.text,
      links: row.links,
    },
    providerChoice: row.provider_choice,
  };
}

async function loadControl(pool: pg.Pool, sendId: string): Promise<SendControl> {
  const { rows } = await pool.query<{ status: SendStatus; per_second: number | null }>({
    name: "load-control",
    text: "select status, per_second from campaign_sends where send_id = $1",
    values: [sendId],
  });
  const row = rows[0];
  if (!row) throw new NotFound("send", sendId);
  return { status: row.status, perSecond: row.per_second };
}

async function loadNodes(pool: pg.Pool, sealer: Sealer, tenantId: string): Promise<SendNode[]> {
  const { rows } = await pool.query<SendNode>({
    name: "load-nodes",
    text: `select node_id as "nodeId", provider, host, port, secure, starttls, tls_ca as "tlsCa",
             tls_server_name as "tlsServerName", username, password,
             return_path_domain as "returnPathDomain", weight, max_connections as "maxConnections",
             max_messages_per_connection as "maxMessagesPerConnection"
           from nodes
           where status = 'active' and (tenant_id = $1 or tenant_id is null)
           order by node_id`,
    values: [tenantId],
  });
  return rows.map((node) => withPassword(node, sealer));
}

/** One whose password cannot be read stays in the list: what would leave from it waits, and says why. */
function withPassword(node: SendNode, sealer: Sealer): SendNode {
  if (node.password === null) return node;
  try {
    return { ...node, password: sealer.open(node.password, nodePassword(node.nodeId)) };
  } catch (error) {
    if (!(error instanceof FloeError)) throw error;
    return { ...node, password: null, problem: error.message };
  }
}
