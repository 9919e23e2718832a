import { beforeAll, expect, it, vi } from "vitest";
import { v7 as uuidv7 } from "uuid";
import { createEventStore, type EmailEvent } from "../../db/events.js";
import { createWarmupRows } from "../../db/warmups.js";
import { planOf, warmupPresets } from "../../domain/warmup-presets.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

/** That `createCampaign` sends from. */
const address = "news@example.com";
let world: World;

beforeAll(async () => {
  world = await startWorld();
});

async function sendToAll(tenantId: string): Promise<string> {
  const { floe } = world;
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await vi.waitFor(async () => expect((await floe.campaigns.status(send)).status).toBe("completed"), {
    timeout: 40_000,
    interval: 100,
  });
  return send.sendId;
}

/** Of the From addresses that warm up as mailboxes. */
async function sendersOf(tenantId: string) {
  const { rows } = await world.pool.query<Record<string, unknown>>(
    `select address, sum(accepted)::int as accepted, sum(deferred)::int as deferred, sum(bounced)::int as bounced,
       sum(returned)::int as returned, sum(complained)::int as complained
     from warmup_mailbox_hours where tenant_id = $1 group by 1`,
    [tenantId],
  );
  return rows;
}

async function factsOf(tenantId: string) {
  const { rows } = await world.pool.query<Record<string, unknown>>(
    `select node_id as "nodeId", from_domain as "fromDomain", mailbox_provider as "mailboxProvider",
       sum(accepted)::int as accepted, sum(deferred)::int as deferred, sum(bounced)::int as bounced,
       sum(rejected)::int as rejected, sum(returned)::int as returned, sum(complained)::int as complained,
       sum(opened)::int as opened, sum(clicked)::int as clicked
     from delivery_days('Asia/Kathmandu') where tenant_id = $1 group by 1, 2, 3 order by 1, 2, 3`,
    [tenantId],
  );
  return rows;
}

it("What servers answered, and what recipients did, is counted by node, sender and mailbox provider", async () => {
  const { floe, pool, smtp } = world;
  const { tenantId, nodeId } = await createAudience(world, { contacts: 8, domain: "gmail.com" });
  const elsewhere = ["gone@facts.example", "policy@facts.example", "fine@facts.example"];
  await floe.contacts.upsert({
    tenantId,
    list: "everybody",
    contacts: elsewhere.map((email) => ({ email })),
  });
  smtp.setFaults([
    {
      name: "gone",
      stage: "rcpt",
      recipient: "^gone@",
      action: { kind: "reply", line: "550 5.1.1 No such user" },
    },
    {
      name: "policy",
      stage: "rcpt",
      recipient: "^policy@",
      action: { kind: "reply", line: "554 5.7.1 Not from you" },
    },
  ]);
  const warmups = createWarmupRows(pool);
  const plan = planOf(warmupPresets[0]!);
  await warmups.createWarmup({ warmupId: uuidv7(), tenantId, kind: "mailbox", key: address, plan });
  const sendId = await sendToAll(tenantId);
  expect(smtp.statistics().fired).toMatchObject({ gone: 1, policy: 1 });

  const { rows } = await pool.query<{ contactId: string }>(
    `select contact_id::text as "contactId" from email_sends where send_id = $1 and email like 'user%' order by email`,
    [sendId],
  );
  const [first, second] = rows.map(({ contactId }) => contactId);
  const did = (kind: EmailEvent["kind"], contactId = first!): EmailEvent => {
    return { sendId, contactId, kind, occurredAt: new Date() };
  };
  const events = createEventStore(pool);
  await events.recordEvents([did("open"), did("open"), did("click"), did("open", second)]);
  await events.recordEvents([did("open"), did("complaint", second), did("unsubscribe")]);
  const common = { nodeId, fromDomain: "example.com", deferred: 0, returned: 0 };
  const none = { accepted: 0, bounced: 0, rejected: 0, opened: 0, clicked: 0, complained: 0 };
  // Each process tells its hours when it says that it lives.
  await vi.waitFor(
    async () =>
      expect(await factsOf(tenantId)).toEqual([
        { ...common, ...none, mailboxProvider: "gmail", accepted: 8, opened: 2, clicked: 1, complained: 1 },
        { ...common, ...none, mailboxProvider: "other", accepted: 1, bounced: 1, rejected: 1 },
      ]),
    { timeout: 20_000, interval: 200 },
  );
  // It warms up as a mailbox; no other address is counted.
  const sender = { address, accepted: 9, deferred: 0, bounced: 1, returned: 0, complained: 1 };
  expect(await sendersOf(tenantId)).toEqual([sender]);
  const nobody = await createAudience(world, { contacts: 1, domain: "gmail.com" });
  await sendToAll(nobody.tenantId);
  await vi.waitFor(async () => expect(await factsOf(nobody.tenantId)).toMatchObject([{ accepted: 1 }]), {
    timeout: 20_000,
    interval: 200,
  });
  expect(await sendersOf(nobody.tenantId)).toEqual([]);
});

it("What a warming node may not send to a mailbox provider any more, the next node sends; nobody is lost", async () => {
  const { floe, pool, smtp } = world;
  smtp.setFaults([]);
  const { tenantId, nodeId } = await createAudience(world, { contacts: 30, domain: "gmail.com" });
  const next = `${nodeId}-next`;
  await floe.nodes.upsert({ nodeId: next, tenantId, host: "127.0.0.1", port: smtp.port });
  await pool.query(
    `with warmup as (
       insert into warmups (warmup_id, tenant_id, kind, key, plan) values (gen_random_uuid(), $1, 'node', $2, '{}')
       returning warmup_id
     )
     insert into warmup_allowances (key, warmup_id, day, per_day)
     select 'node/' || $2 || '/gmail', warmup_id, now(), 7 from warmup`,
    [tenantId, nodeId],
  );
  const sendId = await sendToAll(tenantId);
  const { rows } = await pool.query<{ nodeId: string; sent: number }>(
    `select node_id as "nodeId", count(*)::int as sent from email_sends where send_id = $1 and status = 'sent'
     group by 1 order by 1`,
    [sendId],
  );
  expect(rows).toEqual([
    { nodeId, sent: 7 },
    { nodeId: next, sent: 23 },
  ]);
});
