import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { campaignWorkflowId } from "../../domain/ids.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { createAudience, createCampaign, limitsSeen, startWorld, type World } from "../support/world.js";

/** Hours pass in an instant here: Temporal's time-skipping server, everything else as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
});
afterAll(() => env.teardown());

/** Lets time skip until the send's workflow has ended, and counts its ledger. */
async function finish(send: { tenantId: string; sendId: string }) {
  await env.client.workflow.getHandle(campaignWorkflowId(send.sendId)).result();
  return world.floe.campaigns.status(send);
}

describe("retry rounds", () => {
  it("try a deferred recipient three times, then hand it to a person", async () => {
    const { floe, smtp } = world;
    const domain = "greylisted.example";
    const { tenantId } = await createAudience(world, { contacts: 30, domain });
    smtp.setFaults([
      {
        name: "for ever",
        stage: "rcpt",
        action: { kind: "reply", line: "451 4.7.1 greylisted" },
        recipient: `user3@${domain}`,
      },
      {
        name: "twice",
        stage: "rcpt",
        action: { kind: "reply", line: "451 4.7.1 greylisted" },
        recipient: `user4@${domain}`,
        times: 2,
      },
    ]);
    const before = await env.currentTimeMs();
    const { counts } = await finish(await floe.campaigns.start(await createCampaign(world, tenantId)));

    expect(smtp.statistics().fired).toMatchObject({ "for ever": 3, twice: 2 });
    expect(counts).toMatchObject({ sent: 29, dead: 1, deferred: 0, pending: 0 });
    expect(smtp.messages.filter(({ to }) => to[0] === `user4@${domain}`)).toHaveLength(1);
    const [letter] = await floe.deadLetters.list({ tenantId });
    expect(letter).toMatchObject({ reason: "greylisted", attempts: 3 });
    // Two rounds: at least 2.5 and 10 minutes.
    expect((await env.currentTimeMs()) - before).toBeGreaterThan(12 * 60_000);
  });

  it("send an unanswered message again under the same Message-ID and flag it", async () => {
    const { floe, smtp } = world;
    const domain = "unanswered.example";
    const { tenantId } = await createAudience(world, { contacts: 10, domain });
    smtp.setFaults([
      {
        name: "swallowed",
        stage: "after-dot",
        action: { kind: "drop" },
        recipient: `user1@${domain}`,
        times: 1,
      },
    ]);
    const { counts, possibleDuplicates } = await finish(
      await floe.campaigns.start(await createCampaign(world, tenantId)),
    );
    const copies = smtp.messages.filter(({ to }) => to[0] === `user1@${domain}`);
    expect(smtp.statistics().fired.swallowed).toBe(1);
    expect(counts.sent).toBe(10);
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1);
    expect(possibleDuplicates).toBe(1);
  });
});

describe("a start", () => {
  it("at an instant waits for it", async () => {
    const { floe, smtp } = world;
    const domain = "later.example";
    const { tenantId } = await createAudience(world, { contacts: 5, domain });
    const at = new Date((await env.currentTimeMs()) + 36 * 3_600_000);
    const send = await floe.campaigns.start({ ...(await createCampaign(world, tenantId)), at });
    expect(smtp.messages.filter(({ to }) => to[0]?.endsWith(domain))).toHaveLength(0);
    const { counts } = await finish(send);
    expect(counts.sent).toBe(5);
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(at.getTime());
  });

  it("at a local time reaches each time zone in its own hour", async () => {
    const { floe, smtp } = world;
    const domain = "local.example";
    const timeZones = ["Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles"];
    const { tenantId } = await createAudience(world, { contacts: 9, domain, timeZones });
    const day = new Date((await env.currentTimeMs()) + 3 * 24 * 3_600_000).toISOString().slice(0, 10);
    const send = await floe.campaigns.start({
      ...(await createCampaign(world, tenantId)),
      localTime: `${day}T09:00`,
    });
    const { counts } = await finish(send);

    expect(counts.sent).toBe(9);
    const order = smtp.messages
      .filter(({ to }) => to[0]?.endsWith(domain))
      .map(({ to }) => Number(/\d+/.exec(to[0] ?? "")?.[0]) % 3);
    expect(order).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    // Los Angeles is last: 09:00 there is 16:00 or 17:00 UTC.
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(Date.parse(`${day}T16:00:00Z`));
  });
});

describe("a spent allowance", () => {
  it("overflows to a relay where the tenant allows it", async () => {
    const { floe, smtp, pool } = world;
    const domain = "overflow.example";
    const { tenantId, nodeId } = await createAudience(world, { contacts: 40, domain });
    const relayId = `${tenantId}-relay`;
    await floe.nodes.upsert({
      nodeId: relayId,
      tenantId,
      provider: "ses",
      host: "127.0.0.1",
      port: smtp.port,
    });
    await floe.limits.set({ scope: "node", key: nodeId, perDay: 10 });
    await limitsSeen();
    const send = await floe.campaigns.start(await createCampaign(world, tenantId));
    const { counts } = await finish(send);
    expect(counts.sent).toBe(40);
    const { rows } = await pool.query<{ node_id: string; sent: string }>(
      "select node_id, count(*) as sent from email_sends where send_id = $1 group by node_id order by node_id",
      [send.sendId],
    );
    expect(rows).toEqual([
      { node_id: nodeId, sent: "10" },
      { node_id: relayId, sent: "30" },
    ]);
  });
});

describe("a start whose time has passed", () => {
  const hour = 3_600_000;

  async function startedLate(domain: string, hoursLate: number, over: { onLate?: "send" } = {}) {
    const { tenantId } = await createAudience(world, { contacts: 3, domain });
    const campaign = await createCampaign(world, tenantId);
    const at = new Date((await env.currentTimeMs()) - hoursLate * hour);
    const send = await world.floe.campaigns.start({ ...campaign, at, ...over });
    return { send, tenantId };
  }

  it("by days holds the send, tells its people, and sends when one of them resumes it", async () => {
    const { send, tenantId } = await startedLate("days-late.example", 50);
    await expect
      .poll(async () => (await world.floe.campaigns.status(send)).status, { timeout: 30_000 })
      .toBe("paused");
    expect(await world.floe.notifications.list({ tenantId })).toMatchObject([
      { kind: "campaign.late", subjectId: send.sendId },
    ]);
    expect(world.smtp.messages.filter(({ to }) => to[0]?.endsWith("days-late.example"))).toEqual([]);
    await world.floe.campaigns.resume(send);
    const ended = await finish(send);
    expect(ended).toMatchObject({ status: "completed", counts: { sent: 3 } });
    expect(ended.lateMs).toBeGreaterThan(49 * hour);
  });

  it("by hours, or by days where it is told so, sends and says how late", async () => {
    const few = await startedLate("hours-late.example", 3);
    const many = await startedLate("sent-late.example", 50, { onLate: "send" });
    for (const { send, tenantId } of [few, many]) {
      expect(await finish(send)).toMatchObject({ status: "completed", counts: { sent: 3 } });
      expect(await world.floe.notifications.list({ tenantId, kind: "campaign.late" })).toMatchObject([
        { title: "Campaign starts late" },
      ]);
    }
  });
});
