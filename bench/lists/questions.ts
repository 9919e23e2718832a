/** What the lists of the table of operations are asked: made from their schemas, so that a new list is asked too. */
import { toJsonSchema, type JsonSchema } from "../../api/json-schema.js";
import type { Operation } from "../../api/operation.js";
import { operations } from "../../api/operations/index.js";
import { bigTenant, firstTime, idOf, ids } from "./ids.js";

export interface Question {
  operation: Operation;
  /** `first page`, `deep page`, `status=dead`, … */
  label: string;
  path: string;
  /** By whoever runs the system; else with a key of the big tenant. */
  asPlatform: boolean;
  /** Rows of an answer at most. */
  limit: number | null;
}

/** Every look of the table of operations: lists page by page and by each of their filters, what is counted, single things. */
export function questionsOf(rows: number, { limit = 100 }: { limit?: number } = {}): Question[] {
  return operations
    .filter(({ method, id, path }) => method === "get" && !notAsked.has(id) && !isOfNone(id, path))
    .flatMap((operation) => questionsOfOne(operation, rows, limit));
}

/** Asks of what the operation answers in the form of a page. */
export function isListed({ page, isList }: Operation): boolean {
  return page !== undefined || isList === true;
}

/** They ask Temporal or Redis alone, for what no row of these tables is, or for the few rows of one person, who must be named. */
const notAsked = new Set([
  ...[
    "queues.status",
    "queues.workers",
    "queue_admin.look",
    "schedules.list",
    "schedules.get",
    "graphs.schedule",
  ],
  ...["limits.status", "rate-limits.status", "domains.get"],
  ...["notifications.settings", "notifications.preferences", "notifications.devices"],
]);

/** About one of what the filled tables have no rows of. */
function isOfNone(id: string, path: string): boolean {
  return path.includes(":") && /^(alerts|alert_rules|warmups|domain_checks|blacklists)\./.test(id);
}

function questionsOfOne(operation: Operation, rows: number, limit: number): Question[] {
  const known = namesOf(rows);
  const inPath = new Set([...operation.path.matchAll(/:(\w+)/g)].map(([, field]) => field ?? ""));
  const path = operation.path.replaceAll(/:(\w+)/g, (_, field: string) =>
    encodeURIComponent(known[`${operation.id} ${field}`] ?? known[field] ?? "1"),
  );
  const schema = toJsonSchema(operation.input, { io: "input", name: operation.id, definitions: {} });
  const fields = Object.entries(schema.properties ?? {});
  const filters = fields.filter(([name]) => !inPath.has(name) && !paging.has(name));
  const required = filters.filter(([name]) => schema.required?.includes(name));
  const least = required.map(
    ([name, field]) => [name, valuesOf(operation, name, field, rows)[0] ?? ""] as const,
  );
  const paged = fields.some(([name]) => name === "limit");
  const size: (readonly [string, string])[] = paged ? [["limit", String(limit)]] : [];
  const ask = (label: string, ...query: (readonly [string, string])[]): Question => {
    const all = new URLSearchParams([...new Map([...least, ...query, ...size])]);
    const asPlatform = operation.level === "platform";
    return {
      operation,
      label,
      path: all.size > 0 ? `${path}?${all.toString()}` : path,
      asPlatform,
      limit: paged ? limit : null,
    };
  };
  const cursor = operation.page && cursorOf(operation, rows);
  const by = operation.page?.by ?? "after";
  return [
    ask(operation.page ? "first page" : "all"),
    ...(cursor === undefined ? [] : [ask("deep page", [by, cursor])]),
    ...filters.flatMap(([name, field]) =>
      valuesOf(operation, name, field, rows).map((value) =>
        ask(`${name}=${value.slice(0, 40)}`, [name, value]),
      ),
    ),
  ];
}

/** What is no filter; `id` of `progress.list` asks for one row. */
const paging = new Set(["tenant_id", "before", "after", "limit", "actor", "id"]);

/** How the rows of `fillTables` are called. */
function namesOf(rows: number): Record<string, string> {
  return {
    ...{ send_id: idOf(ids.send, 1), campaign_id: idOf(ids.campaign, 3), ab_test_id: idOf(ids.campaign, 2) },
    ...{ sequence_id: idOf(ids.campaign, 1), import_id: idOf(ids.import, 1), export_id: idOf(ids.export, 1) },
    ...{ email_id: idOf(ids.email, 1), replay_id: idOf(ids.replay, 1), run_id: idOf(ids.run, 1) },
    ...{ webhook_id: idOf(ids.webhook, 1), key_id: idOf(ids.key, 1), user_id: idOf(ids.user, 1) },
    ...{ bulk_id: idOf(ids.bulk, 1), kind: "email.send", job_id: idOf(ids.email, 1) },
    ...{ list: "list-1", segment: "common", template: "template-1", name: "graph-1", node_id: "node-2" },
    ...{ domain: "domain1.example", selector: "s1", scope: "tenant", key: bigTenant, tenant_id: bigTenant },
    ...{ address: `gone${rows - 1}@reader.example`, contact: String(rows - 1), id: idOf(ids.progress, 1) },
    "campaigns.get campaign_id": idOf(ids.campaign, 3),
    ...{ "reputation.show kind": "domain", "reputation.history kind": "domain", subject: "domain1.example" },
  };
}

/** Of the last row before a page near the end. */
function cursorOf({ page, id }: Operation, rows: number): string | undefined {
  const late = rows * 0.95 + 1;
  const early = rows * 0.05 + 1;
  const byId: Record<string, string> = {
    campaignId: idOf(ids.campaign, early / 10 + 1 - ((early / 10) % 3)),
    abTestId: idOf(ids.campaign, 101),
    sequenceId: idOf(ids.campaign, 103),
    sendId: idOf(ids.send, 101),
    ...{ auditId: String(early), reportId: String(early), deliveryId: String(early), eventId: String(early) },
    ...{ contactId: String(late), deadLetterId: String(late), line: String(late), version: "101" },
    ...{ emailId: idOf(ids.email, early), runId: idOf(ids.run, early), importId: idOf(ids.import, 101) },
    ...{ exportId: idOf(ids.export, 101), replayId: idOf(ids.replay, 101), keyId: idOf(ids.key, 101) },
    ...{ notificationId: idOf(ids.notification, early), id: idOf(ids.progress, early) },
    ...{ userId: idOf(ids.user, Math.floor(rows / 10.5)), invitationId: idOf(ids.invitation, 101) },
    ...{ bulkId: idOf(ids.bulk, 11), itemNo: String(late) },
    ...{ reputationId: String(early), recordId: String(late), day: "2026-01-01" },
    ...{ webhookId: idOf(ids.webhook, 11), name: `${id.split(".")[0]?.slice(0, -1) ?? ""}-9` },
    cursor: `${new Date().toISOString().slice(0, 10)}T00:00:00.000000Z~gone`,
  };
  const own = { "jobs.list": `${(firstTime + early) * 1_000}~email.send~${idOf(ids.email, early)}` }[id];
  return own ?? (page && byId[page.cursor]);
}

/** Of a filter: one that most rows have, one that few have and those last, and one that none has. */
function valuesOf(operation: Operation, name: string, field: JsonSchema, rows: number): string[] {
  const given = samples(rows)[`${operation.id} ${name}`] ?? samples(rows)[name];
  if (given) return given;
  if (Array.isArray(field.enum)) return field.enum as string[];
  const items = (field.items as JsonSchema | undefined)?.enum;
  if (Array.isArray(items)) return items as string[];
  if (field.type === "boolean") return ["true", "false"];
  if (field.type === "integer") return ["1"];
  const options = (field.anyOf ?? []) as JsonSchema[];
  if (field.format === "uuid") return [idOf(ids.session, 1)];
  if (field.format === "date") return ["2026-01-01"];
  if ([field, ...options].some(({ format }) => format === "date-time"))
    return ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"];
  return ["nothing-of-this-name"];
}

function samples(rows: number): Record<string, string[]> {
  const none = idOf(ids.session, 1);
  return {
    ...{ list: ["list-1", "list-2"], segment: ["common", "rare", "nobody", "of-list"] },
    campaign_id: [idOf(ids.campaign, 3), idOf(ids.campaign, 2), none],
    "emails.list campaign_id": [idOf(ids.campaign, 1), idOf(ids.campaign, 2), none],
    "analytics.daily campaign_id": [idOf(ids.campaign, 3), none],
    "campaign_queue.get campaign_id": [idOf(ids.campaign, 3)],
    "reputation.history mailbox_provider": ["gmail"],
    "dmarc.reports domain": ["domain1.example", "nothing.example"],
    import_id: [idOf(ids.import, 1)],
    "analytics.daily from": [daysAgo(360)],
    "analytics.daily to": [daysAgo(0)],
    ...{ from: [`${daysAgo(30)}T00:00:00Z`], to: [`${daysAgo(0)}T00:00:00Z`] },
    send_id: [idOf(ids.send, 1), none],
    reason: ["451 4.3.0 try later", "the job failed", "no such reason"],
    text: ["try later", "job failed", "no such text"],
    dead_letter_ids: ["1"],
    recipient: ["often@reader.example", `reader12@gmail.example`, "nobody@reader.example"],
    action: ["contacts.upsert", "keys.revoke", "no.such_action"],
    subject: ["often", "rare", "no-such-subject"],
    ...{ user: ["often", "rare", "nobody"], user_id: ["often", "rare", "nobody"] },
    email_prefix: ["reader", "reader77", "nobody"],
    queue: ["send-priority-high", "send-campaign-standard", "send-warmup", "webhooks", "io"],
    error: ["try later", "no such error"],
    search: ["Campaign 1", "no such text", "often@reader.example", idOf(ids.email, 9)],
    "notifications.deliveries user": [idOf(ids.user, 1), idOf(ids.user, 2), none],
    "notifications.deliveries notification_id": [idOf(ids.notification, 1), none],
    "graph_runs.list name": ["graph-1", "graph-2", "graph-3"],
    webhook_id: [idOf(ids.webhook, 1), idOf(ids.webhook, 2), none],
    event_id: ["1", String(rows * 2)],
    type: ["email.sent", "import.failed", "no.such_type"],
    email: ["user1@people.example", "nobody@people.example"],
    older_than_days: ["30"],
  };
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
