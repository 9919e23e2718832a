import { randomUUID } from "node:crypto";
import { until } from "../support/until.js";
import type { World } from "../support/world.js";

/** What a tenant has of everything, and how another may name it. */
export interface Treasure {
  tenantId: string;
  /** Stands in everything that only the tenant may read, and in no name by which it is asked for. */
  mark: string;
  /** By the names that fields have over HTTP. */
  ids: Readonly<Record<string, string>>;
  /** Every row of the tenant, but for what workers write all the time. */
  snapshot(): Promise<Record<string, string>>;
}

const mark = "treasured7731";

export async function createTreasure(world: World, tenantId: string): Promise<Treasure> {
  const { floe } = world;
  await floe.tenants.create({ tenantId, name: mark });
  await floe.nodes.upsert({ nodeId: "their-node", tenantId, host: `${mark}.invalid`, port: 25 });
  await floe.lists.create({ tenantId, name: "their-list" });
  const contacts = [{ email: `${mark}@reader.example`, firstName: mark }];
  await floe.contacts.upsert({ tenantId, list: "their-list", contacts });
  const [contact] = await floe.contacts.list({ tenantId });
  const filter = { field: "email", op: "eq", value: `${mark}@reader.example` } as const;
  await floe.segments.create({ tenantId, name: "their-segment", filter });
  await floe.templates.save({ tenantId, name: "their-template", subject: mark, html: `<p>${mark}</p>` });
  await floe.suppressions.add({ tenantId, address: `${mark}@gone.example` });
  const work = await createWork(world, tenantId);
  const { keyId } = await floe.keys.create({ tenantId, name: mark, role: "owner" });
  await eventsAreRelayed(world, tenantId);
  return {
    tenantId,
    mark,
    ids: {
      ...work,
      contact: contact?.contactId ?? "",
      contact_id: contact?.contactId ?? "",
      key_id: keyId,
      ...{ list: "their-list", segment: "their-segment", template: "their-template", name: "their-graph" },
      ...{ node_id: "their-node", domain: "reader.example", selector: "s1", scope: "tenant", key: tenantId },
    },
    snapshot: () => factsOf(world, tenantId),
  };
}

/** Nothing of it runs: what is scheduled is far away, and the endpoint is paused. */
async function createWork({ floe, pool }: World, tenantId: string): Promise<Record<string, string>> {
  const farAway = new Date(Date.now() + 30 * 24 * 3_600_000);
  const from = { fromEmail: `news@${mark}.example`, fromName: mark };
  const composed = { tenantId, template: "their-template", list: "their-list", ...from };
  const { campaignId } = await floe.campaigns.create({ ...composed, name: mark });
  const { sendId } = await floe.campaigns.start({ tenantId, campaignId, at: farAway });
  const recipient = `${mark}@reader.example`;
  const email = { tenantId, recipient, subject: mark, html: `<p>${mark}</p>`, ...from, sendAt: farAway };
  const { emailId } = await floe.emails.send(email);
  const step = { template: "their-template", delay: { days: 1 } };
  const { sequenceId } = await floe.sequences.create({
    ...{ tenantId, name: mark, list: "their-list", ...from, steps: [step] },
  });
  const { abTestId } = await floe.abTests.create({
    ...{ tenantId, name: mark, list: "their-list", ...from },
    variants: [{ template: "their-template" }, { template: "their-template" }],
  });
  const { webhookId } = await floe.webhooks.create({ tenantId, url: `https://${mark}.example/hook` });
  await floe.webhooks.pause({ tenantId, webhookId });
  const event = await floe.webhooks.publish({ tenantId, type: "order.paid", data: { mark } });
  const wait = { name: "wait", type: "wait", input: { seconds: 3_600 } } as const;
  await floe.jobGraphs.create({ tenantId, name: "their-graph", jobs: [wait] });
  const { ruleId } = await floe.alerts.createRule({
    tenantId,
    kind: "dead-letters",
    name: mark,
    fireAbove: 1_000,
  });
  const alertId = randomUUID();
  await pool.query(
    `insert into alerts (alert_id, rule_id, tenant_id, kind, name, severity, subject, value, fire_above, routes, raised_at, cleared_at)
     values ($1, $2, $3, 'dead-letters', $4, 'warning', 'all', 1, 0, '{}', now(), now())`,
    [alertId, ruleId, tenantId, mark],
  );
  // The last that happens by itself.
  await until("the event has reached the endpoint", async () => {
    const { rows } = await pool.query("select from webhook_deliveries where tenant_id = $1", [tenantId]);
    return rows.length > 0;
  });
  return {
    ...{ campaign_id: campaignId, send_id: sendId, email_id: emailId, sequence_id: sequenceId },
    ...{ rule_id: ruleId, alert_id: alertId },
    ...{ ab_test_id: abTestId, webhook_id: webhookId, event_id: event?.eventId ?? "" },
  };
}

/** Deliveries are made of events a moment later: a snapshot before that would not last. */
async function eventsAreRelayed({ pool }: World, tenantId: string): Promise<void> {
  await until("every event has its deliveries", async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      "select count(*)::int as waiting from webhook_events where tenant_id = $1 and relayed_at is null",
      [tenantId],
    );
    return rows[0]?.waiting === 0;
  });
}

const written = [
  ...["progress_tracking", "progress_updates", "progress_sequences", "webhook_endpoints"],
  ...["notification_outbox", "notification_deliveries"],
];

/** That a key was used is written down some time later. */
const rowOf = (table: string): string =>
  table === "api_keys" ? "(to_jsonb(t) - 'last_used_at')::text" : "t::text";

/** A sum of each table with rows of tenants, of what this one has in it; but for what workers write all the time. */
export async function factsOf(
  { pool }: Pick<World, "pool">,
  tenantId: string,
): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> all ($1) order by 1`,
    [written],
  );
  const sums = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(${rowOf(name)}, E'\\n' order by ${rowOf(name)}), '')) as sum
       from ${name} t where tenant_id = $1`,
  );
  const { rows } = await pool.query<{ name: string; sum: string }>(sums.join("\nunion all\n"), [tenantId]);
  return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
}
