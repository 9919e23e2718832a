import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { createEventStore } from "../../db/events.js";
import { webhookEvents, type WebhookEventType } from "../../domain/webhook-events.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => (world = await startWorld()));

/** Paused: its events are kept, and nothing is sent. */
async function wants(tenantId: string, eventTypes: WebhookEventType[] | null): Promise<void> {
  await world.pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, url, event_types, secret, max_attempts, retry_base_ms,
       retry_cap_ms, timeout_ms, concurrency, status)
     values ($1, $2, 'https://example.com/', $3, 'whsec_', 1, 1, 1, 1000, 1, 'paused')`,
    [randomUUID(), tenantId, eventTypes],
  );
}

interface Told {
  type: WebhookEventType;
  key: string;
  data: Record<string, unknown>;
}

async function told(tenantId: string): Promise<Told[]> {
  const { rows } = await world.pool.query<Told>(
    "select type, key, data from webhook_events where tenant_id = $1 order by event_id",
    [tenantId],
  );
  return rows;
}

/** Every event has the fields that are documented, and no other. */
function expectDocumented(events: Told[]): void {
  for (const { type, data } of events)
    expect([type, Object.keys(data).sort()]).toEqual([type, Object.keys(webhookEvents[type].data).sort()]);
}

function countsOf(events: Told[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

async function completed(tenantId: string, send: Awaited<ReturnType<World["floe"]["campaigns"]["start"]>>) {
  await until(`the campaign of ${tenantId} is done`, async () => {
    const { status } = await world.floe.campaigns.status(send);
    return status === "completed" || status === "cancelled";
  });
}

describe("events of webhooks", () => {
  it("are one for each recipient that a campaign settles, and one for its begin and its end", async () => {
    const { floe, smtp } = world;
    const { tenantId } = await createAudience(world, { contacts: 30, domain: "told.example" });
    await wants(tenantId, null);
    smtp.setFaults([
      { stage: "rcpt", recipient: "user3@", action: { kind: "reply", line: "550 5.1.1 No such user" } },
      { stage: "rcpt", recipient: "user4@", action: { kind: "reply", line: "550 5.7.1 Not wanted" } },
    ]);
    const campaign = await createCampaign(world, tenantId);
    const send = await floe.campaigns.start(campaign);
    await completed(tenantId, send);
    const events = await told(tenantId);
    expect(countsOf(events)).toEqual({
      "campaign.started": 1,
      "email.delivered": 28,
      "email.bounced": 1,
      "email.failed": 1,
      "campaign.completed": 1,
    });
    expectDocumented(events);
    const ids = { send_id: send.sendId, campaign_id: campaign.campaignId, email_id: null };
    expect(events.find(({ type }) => type === "email.bounced")?.data).toMatchObject({
      ...ids,
      email: "user3@told.example",
      ...{ reason: "bad-address", reply_code: 550, enhanced_code: "5.1.1", attempts: 1 },
      possible_duplicate: false,
    });
    const delivered = events.filter(({ type }) => type === "email.delivered");
    expect(new Set(delivered.map(({ key }) => key)).size).toBe(28);
    expect(events.at(-1)).toMatchObject({
      type: "campaign.completed",
      key: send.sendId,
      data: { send_id: send.sendId, recipients: 30, sent: 28, bounced: 1, dead: 1, suppressed: 0 },
    });
  });

  it("are not written when nobody wants them", async () => {
    const { floe } = world;
    const { tenantId } = await createAudience(world, { contacts: 5, domain: "untold.example" });
    await wants(tenantId, ["campaign.completed", "email.opened"]);
    await completed(tenantId, await floe.campaigns.start(await createCampaign(world, tenantId)));
    expect(countsOf(await told(tenantId))).toEqual({ "campaign.completed": 1 });
    const other = await createAudience(world, { contacts: 5, domain: "nobody.example" });
    await completed(other.tenantId, await floe.campaigns.start(await createCampaign(world, other.tenantId)));
    expect(await told(other.tenantId)).toEqual([]);
  });

  it("say that a send was paused, goes on, and was cancelled", async () => {
    const { floe } = world;
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "steered.example" });
    await wants(tenantId, null);
    const send = await floe.campaigns.start({
      ...(await createCampaign(world, tenantId)),
      at: new Date(Date.now() + 3_600_000),
    });
    for (const [step, status] of [
      ["pause", "paused"],
      ["resume", "scheduled"],
      ["cancel", "cancelled"],
    ] as const) {
      await floe.campaigns[step](send);
      await until(status, async () => (await floe.campaigns.status(send)).status === status);
    }
    const events = await told(tenantId);
    expect(countsOf(events)).toEqual({
      "campaign.paused": 1,
      "campaign.resumed": 1,
      "campaign.cancelled": 1,
    });
    expectDocumented(events);
  });

  it("tell every open and click, and an unsubscribe and a complaint once, of campaigns and single emails", async () => {
    const { floe, pool } = world;
    const { tenantId } = await createAudience(world, { contacts: 2, domain: "tracked.example" });
    const send = await floe.campaigns.start(await createCampaign(world, tenantId));
    await completed(tenantId, send);
    const { emailId } = await floe.emails.send({
      ...{ tenantId, recipient: "lone@tracked.example", fromEmail: "news@example.com", template: "hello" },
    });
    const { rows } = await pool.query<{ contactId: string }>(
      `select contact_id as "contactId" from email_sends where send_id = $1 and email like 'user1@%'`,
      [send.sendId],
    );
    await wants(tenantId, ["email.opened", "email.clicked", "email.unsubscribed", "email.complained"]);
    const occurredAt = new Date("2026-11-25T08:00:00Z");
    const of = [
      { sendId: send.sendId, contactId: rows[0]?.contactId ?? "", occurredAt },
      { sendId: emailId, contactId: "0", occurredAt },
    ];
    const store = createEventStore(pool);
    for (const recipient of of) {
      await store.recordEvents([
        { ...recipient, kind: "open", userAgent: "Mail/1" },
        { ...recipient, kind: "open", userAgent: "Mail/1" },
        { ...recipient, kind: "click", link: 0 },
        { ...recipient, kind: "click", url: "https://example.com/else" },
        { ...recipient, kind: "unsubscribe" },
        { ...recipient, kind: "complaint" },
      ]);
      await store.recordEvents([{ ...recipient, kind: "unsubscribe" }]);
    }
    const events = await told(tenantId);
    expectDocumented(events);
    const each = {
      "email.opened": 4,
      "email.clicked": 4,
      "email.unsubscribed": 2,
      "email.complained": 2,
    };
    expect(countsOf(events)).toEqual(each);
    const clicks = events.filter(({ type }) => type === "email.clicked").map(({ data }) => data);
    expect(clicks.map(({ email, url }) => [email, url])).toEqual([
      ["user1@tracked.example", "https://example.com/offer"],
      ["user1@tracked.example", "https://example.com/else"],
      ["lone@tracked.example", "https://example.com/offer"],
      ["lone@tracked.example", "https://example.com/else"],
    ]);
    expect(clicks[0]).toMatchObject({ send_id: send.sendId, email_id: null, contact_id: rows[0]?.contactId });
    expect(clicks[2]).toMatchObject({ send_id: null, email_id: emailId, contact_id: null });
  });

  it("tell what became of a single email, of an import, and of a node", async () => {
    const { floe } = world;
    const { tenantId, nodeId } = await createAudience(world, { contacts: 1, domain: "single.example" });
    await wants(tenantId, null);
    const { emailId } = await floe.emails.send({
      ...{ tenantId, recipient: "lone@single.example", fromEmail: "news@example.com", template: "hello" },
    });
    await until("it was told", async () => (await told(tenantId)).length === 1);
    const file = join(tmpdir(), `${tenantId}.csv`);
    await writeFile(file, "email\na@single.example\nnone\n");
    await (await floe.imports.start({ tenantId, fileUrl: pathToFileURL(file).href })).result();
    await rm(file);
    const failing = await floe.imports.start({ tenantId, fileUrl: pathToFileURL(file).href });
    await expect(failing.result()).rejects.toThrow();
    await floe.nodes.pause(nodeId);
    await floe.nodes.resume(nodeId);
    const events = await told(tenantId);
    expectDocumented(events);
    expect(events.map(({ type }) => type)).toEqual([
      ...["email.delivered", "import.completed", "import.failed", "node.paused", "node.resumed"],
    ]);
    expect(events[0]?.data).toMatchObject({ email_id: emailId, send_id: null, email: "lone@single.example" });
    expect(events[1]?.data).toMatchObject({
      rows_read: 2,
      rows_imported: 1,
      rows_created: 1,
      rows_refused: 1,
    });
  });
});
