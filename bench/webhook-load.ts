/** Events for many endpoints, some of which hang or fail: how soon the healthy ones are told. Also a test of the suite, smaller. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Floe } from "../client/connect.js";
import type { WebhookReceiver } from "../test/support/webhook-receiver.js";

export interface WebhookLoad {
  events: number;
  /** One a tenant. */
  endpoints: number;
  /** Of these; they take requests and never answer. */
  hang: number;
  /** Of these; they answer 500. */
  fail: number;
  /** Events; written in groups, as settlements are. */
  perSecond: number;
}

export interface WebhookLoadResult {
  /** From an event's write to its first request at the endpoint, of healthy endpoints. */
  delaysMs: number[];
  /** From the first event's write to the last of these requests. */
  seconds: number;
  /** Of healthy endpoints. */
  requests: number;
  /** Of the others, meanwhile. */
  spoiltRequests: number;
}

interface Parts {
  floe: Floe;
  db: pg.ClientBase | pg.Pool;
  receiver: WebhookReceiver;
}

const groupEveryMs = 50;
const patienceMs = 300_000;

/** @throws Error when a healthy endpoint was not told of everything, or twice */
export async function loadWebhooks(parts: Parts, load: WebhookLoad): Promise<WebhookLoadResult> {
  const { db, receiver } = parts;
  const tenantIds = await createEndpoints(parts, load);
  const healthy = tenantIds.filter((_, no) => kindOf(no, load) === "healthy");
  // Every workflow has begun; what is measured is not how fast they start.
  await writeEvents(db, tenantIds);
  await untilCounted(receiver, healthy, healthy.length);
  await receiver.forget();
  const begin = Date.now();
  await writeAtPace(db, tenantIds, load);
  const expected = Math.floor(load.events / load.endpoints) * healthy.length;
  await untilCounted(receiver, healthy, expected);
  return measure(parts, { begin, healthy, expected });
}

function kindOf(no: number, { hang, fail }: WebhookLoad): "hang" | "fail" | "healthy" {
  if (no < hang) return "hang";
  return no < hang + fail ? "fail" : "healthy";
}

async function createEndpoints({ floe, receiver }: Parts, load: WebhookLoad): Promise<string[]> {
  const tenantIds = Array.from({ length: load.endpoints }, (_, no) => `told-${process.pid}-${no}`);
  for (const [no, tenantId] of tenantIds.entries()) {
    await floe.tenants.create({ tenantId, name: tenantId });
    const kind = kindOf(no, load);
    const path = pathOf(tenantId);
    await floe.webhooks.create({ tenantId, url: receiver.url(path), allowPrivate: true });
    if (kind === "hang") await receiver.behave({ [path]: { answers: [{ kind: "hang" }] } });
    if (kind === "fail") await receiver.behave({ [path]: { answers: [{ kind: "status", status: 500 }] } });
  }
  return tenantIds;
}

function pathOf(tenantId: string): string {
  return `/${tenantId}`;
}

/** Round after round of all tenants, so that every endpoint gets the same, at an even pace. */
async function writeAtPace(
  db: Parts["db"],
  tenantIds: string[],
  { events, endpoints, perSecond }: WebhookLoad,
): Promise<void> {
  const all = Math.floor(events / endpoints) * endpoints;
  const begin = performance.now();
  for (let written = 0; written < all;) {
    const due = Math.min(all, Math.ceil(((performance.now() - begin) / 1_000) * perSecond));
    const group = Array.from({ length: due - written }, (_, i) => tenantIds[(written + i) % endpoints] ?? "");
    if (group.length > 0) await writeEvents(db, group);
    written = due;
    await sleep(groupEveryMs);
  }
}

async function writeEvents(db: Parts["db"], tenantIds: string[]): Promise<void> {
  await db.query(
    `insert into webhook_events (tenant_id, type, key, data)
     select t, 'email.delivered', 'reader', jsonb_build_object('email', 'reader@bench.example', 'email_id', null,
       'send_id', gen_random_uuid(), 'campaign_id', gen_random_uuid(), 'contact_id', '4711', 'attempts', 1,
       'node_id', 'bench-node', 'possible_duplicate', false)
     from unnest($1::text[]) as t
     where 'email.delivered' = any (webhook_types_wanted(t, '{email.delivered}'))`,
    [tenantIds],
  );
}

async function untilCounted(receiver: WebhookReceiver, tenantIds: string[], requests: number): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(200)) {
    const counts = await receiver.counts();
    const counted = tenantIds.reduce((sum, tenantId) => sum + (counts[pathOf(tenantId)] ?? 0), 0);
    if (counted >= requests) return;
    if (Date.now() > deadline) throw new Error(`${requests - counted} of ${requests} requests did not come.`);
  }
}

async function measure(
  { db, receiver }: Parts,
  { begin, healthy, expected }: { begin: number; healthy: string[]; expected: number },
): Promise<WebhookLoadResult> {
  const { rows } = await db.query<{ messageId: string; writtenMs: number }>(
    `select d.message_id as "messageId", (extract(epoch from e.created_at) * 1000)::float8 as "writtenMs"
     from webhook_deliveries d join webhook_events e on e.event_id = d.event_id
     where d.tenant_id = any ($1) and e.created_at >= to_timestamp($2::float8 / 1000)`,
    [healthy, begin],
  );
  const written = new Map(rows.map(({ messageId, writtenMs }) => [messageId, writtenMs]));
  const paths = new Set(healthy.map(pathOf));
  const all = await receiver.hits();
  const hits = all.filter(({ path }) => paths.has(path));
  const delaysMs = hits.map(({ webhookId, atMs }) => Math.max(0, atMs - (written.get(webhookId) ?? NaN)));
  const told = new Set(hits.map(({ webhookId }) => webhookId)).size;
  if (hits.length !== expected || told !== expected || delaysMs.some(Number.isNaN))
    throw new Error(`${expected} events were to be told once; ${told} were, by ${hits.length} requests.`);
  const last = hits.reduce((latest, { atMs }) => Math.max(latest, atMs), begin);
  return {
    delaysMs,
    seconds: (last - begin) / 1_000,
    requests: hits.length,
    spoiltRequests: all.length - hits.length,
  };
}
