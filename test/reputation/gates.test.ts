import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { campaignWorkflowId } from "../../domain/ids.js";
import { reputationCalculatorType, reputationGateCheckType } from "../../workflows/reputation-messages.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, limitsSeen, startWorld, type World } from "../support/world.js";

/** Waits of half a minute pass in an instant here; all else is as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
});
afterAll(() => env.teardown());

/** What came of mail in this hour. */
async function measure(
  { tenantId, nodeId }: { tenantId: string; nodeId: string },
  { accepted, bounced }: { accepted: number; bounced: number },
): Promise<void> {
  await world.pool.query(
    `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, bounced)
     values (date_trunc('hour', now()), gen_random_uuid(), $1, $2, 'example.com', 'gmail', $3, $4)`,
    [tenantId, nodeId, accepted, bounced],
  );
}

const run = <T>(type: string, workflowId: string): Promise<T> =>
  env.client.workflow.execute(type, { workflowId, taskQueue: orchestrationQueue }) as Promise<T>;
const finish = (sendId: string): Promise<unknown> =>
  env.client.workflow.getHandle(campaignWorkflowId(sendId)).result();

const sentTo = (domain: string): string[] =>
  world.smtp.messages.flatMap(({ to }) => to.filter((address) => address.endsWith(`@${domain}`))).sort();

/** So many messages were held back by it. */
async function heldBack(limit: string): Promise<number> {
  const line = (await world.metrics())
    .split("\n")
    .find(
      (text) => text.startsWith("permits_total") && text.includes(`"${limit}"`) && text.includes('"held"'),
    );
  return Number(line?.split(" ").at(-1) ?? 0);
}

it("a stopped domain's recipients wait, whichever lane they are on, and get their mail once when a person releases it", async () => {
  const { floe } = world;
  const domain = "stopped.example";
  const of = await createAudience(world, { contacts: 12, domain });
  const { tenantId } = of;
  await measure(of, { accepted: 850, bounced: 150 });
  expect(await run(reputationGateCheckType, "a-check")).toMatchObject({ changed: 1 });
  const ref = { tenantId, kind: "domain", subject: "example.com" } as const;
  expect(await floe.reputation.show(ref)).toMatchObject({ gate: "stop", stops: 1, score: null });
  const key = `${tenantId}/domain/example.com`;
  const [stopped] = (await floe.limits.status(tenantId)).limits;
  expect(stopped?.limit).toMatchObject({ scope: "reputation", key });
  expect(stopped?.limit.reason).toContain("15 % of the last 7 days' 1,000 sent bounced");

  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  const { emailId } = await floe.emails.send({
    ...{
      tenantId,
      fromEmail: "news@example.com",
      recipient: `reset@${domain}`,
      subject: "Reset",
      text: "Here.",
    },
    lane: "priority-high",
  });
  await until("all are held", async () => (await heldBack("reputation stopped")) >= 13);
  expect(sentTo(domain)).toEqual([]);
  expect((await floe.campaigns.status(send)).counts).toMatchObject({ pending: 12, sent: 0 });

  expect(
    await floe.reputation.release({ ...ref, actor: "anna", because: "The list was cleaned" }),
  ).toMatchObject({
    ...{ gate: "none", releasedBy: "anna" },
  });
  await limitsSeen();
  await finish(send.sendId);
  await env.client.workflow.getHandle(`email/${emailId}`).result();
  const addresses = Array.from({ length: 12 }, (_, nth) => `user${nth}@${domain}`);
  expect(sentTo(domain)).toEqual([...addresses, `reset@${domain}`].sort());
  expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 12, pending: 0, dead: 0 });
  expect(await floe.audit.list({ tenantId, action: "reputation.release" })).toMatchObject([
    { actor: "anna", subject: "domain/example.com", reason: "The list was cleaned" },
  ]);
}, 120_000);

it("a domain that is slowed down lets an hour's share through; the rest waits and is sent once it may", async () => {
  const { floe } = world;
  const domain = "slowed.example";
  const of = await createAudience(world, { contacts: 12, domain });
  const { tenantId } = of;
  await measure(of, { accepted: 188, bounced: 12 });
  const { changes } = await floe.reputation.recalculate({ tenantId });
  expect(changes.map(({ kind, gate }) => `${kind} ${gate}`)).toEqual(["domain slow", "node slow"]);
  // 200 a day were usual: 100 may leave, 9 an hour.
  await floe.reputation.release({ tenantId, kind: "node", subject: of.nodeId });
  const ref = { tenantId, kind: "domain", subject: "example.com" } as const;
  expect(await floe.reputation.show(ref)).toMatchObject({ perDay: 100, perHour: 9 });
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await until("the hour's share", () => Promise.resolve(sentTo(domain).length >= 9));
  await until("the rest is held", async () => (await heldBack("reputation hour")) >= 3);
  await floe.reputation.release(ref);
  await limitsSeen();
  await finish(send.sendId);
  expect(new Set(sentTo(domain)).size).toBe(12);
  expect(sentTo(domain)).toHaveLength(12);
}, 120_000);

it("mail of a stopped node goes by another one", async () => {
  const { floe, smtp, pool } = world;
  const domain = "overflown.example";
  const { tenantId, nodeId } = await createAudience(world, { contacts: 10, domain });
  const other = `${tenantId}-other`;
  await floe.nodes.upsert({ nodeId: other, tenantId, host: "127.0.0.1", port: smtp.port });
  await pool.query(
    "insert into reputations (tenant_id, kind, subject, gate) values ($1, 'node', $2, 'stop')",
    [tenantId, nodeId],
  );
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await finish(send.sendId);
  const { rows } = await pool.query("select distinct node_id from email_sends where send_id = $1", [
    send.sendId,
  ]);
  expect(rows).toEqual([{ node_id: other }]);
  expect(sentTo(domain)).toHaveLength(10);
}, 120_000);

it("the night's round scores the day before, of every tenant and of shared nodes", async () => {
  const { pool, floe } = world;
  const { tenantId, nodeId } = await createAudience(world, { contacts: 1, domain: "scored.example" });
  const nowMs = await env.currentTimeMs();
  const yesterday = new Date(nowMs - 24 * 3_600_000);
  await pool.query("insert into nodes (node_id, host, port) values ('everybodys', '127.0.0.1', 25)");
  for (const node of [nodeId, "everybodys"])
    await pool.query(
      `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted)
       values (date_trunc('hour', $1::timestamptz), gen_random_uuid(), $2, $3, 'scored.example', 'gmail', 500)`,
      [yesterday, tenantId, node],
    );
  const day = yesterday.toISOString().slice(0, 10);
  expect(await run(reputationCalculatorType, "a-night")).toMatchObject({ day });
  const scored = await floe.reputation.list({ tenantId });
  expect(scored.map(({ kind, subject, score }) => `${kind} ${subject} ${score}`).sort()).toEqual([
    ...[
      "domain scored.example 100",
      "mailbox-provider gmail 100",
      "node everybodys 100",
      `node ${nodeId} 100`,
    ],
  ]);
  expect(await floe.reputation.history({ kind: "node", subject: "everybodys" })).toMatchObject([
    { day, score: 100 },
  ]);
}, 60_000);
