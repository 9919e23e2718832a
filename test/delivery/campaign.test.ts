import { beforeAll, describe, expect, it, vi } from "vitest";
import { campaignWorkflowId, deliverWorkflowId } from "../../domain/ids.js";
import { settledRecipients, totalRecipients } from "../../domain/recipient-status.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { createAudience, createCampaign, limitsSeen, startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

/** Messages the SMTP server took for one domain. */
function received(domain: string) {
  return world.smtp.messages.filter(({ to }) => to[0]?.endsWith(`@${domain}`));
}

describe("a campaign", () => {
  it("reaches everybody once, personalised, and accounts for those it must not reach", async () => {
    const { floe } = world;
    const domain = "whole.example";
    const { tenantId } = await createAudience(world, { contacts: 1_300, domain });
    await floe.suppressions.add({ tenantId, address: `user7@${domain}` });
    const campaign = await createCampaign(world, tenantId);

    const started = await floe.campaigns.start(campaign);
    const { counts } = await floe.campaigns.wait(started);

    expect(counts).toMatchObject({ sent: 1_299, suppressed: 1 });
    expect(totalRecipients(counts)).toBe(1_300);
    const messages = received(domain);
    expect(new Set(messages.map(({ to }) => to[0])).size).toBe(1_299);
    expect(messages).toHaveLength(1_299);
    const mine = messages.find(({ to }) => to[0] === `user42@${domain}`);
    expect(mine?.body).toContain("Subject: Hello User 42");
    expect(mine?.body).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
  });

  it("that is started twice is the same send and no second mail", async () => {
    const { floe } = world;
    const domain = "twice.example";
    const { tenantId } = await createAudience(world, { contacts: 50, domain });
    const campaign = await createCampaign(world, tenantId);

    const [first, second] = await Promise.all([
      floe.campaigns.start(campaign),
      floe.campaigns.start(campaign),
    ]);
    await floe.campaigns.wait(first);
    const third = await floe.campaigns.start(campaign);
    await floe.campaigns.wait(third);

    expect([second.sendId, third.sendId]).toEqual([first.sendId, first.sendId]);
    expect(received(domain)).toHaveLength(50);
  });

  it("leaves no address in Temporal and about a hundredth of an event an email", async () => {
    const { floe, config } = world;
    const domain = "private.example";
    const { tenantId } = await createAudience(world, { contacts: 4_000, domain });
    const started = await floe.campaigns.start(await createCampaign(world, tenantId));
    await floe.campaigns.wait(started);

    const client = await createTemporalClient(config.temporal);
    let events = 0;
    for (const workflowId of [campaignWorkflowId(started.sendId), deliverWorkflowId(started.sendId, 0)]) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      events += history.events?.length ?? 0;
      const text = JSON.stringify(history, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value,
      );
      expect(text).toContain(started.sendId);
      expect(text).not.toContain(domain);
    }
    expect(events / 4_000).toBeLessThan(0.05);
    await client.connection.close();
  });

  it("pauses within seconds, stands still, resumes and misses nobody", async () => {
    const { floe } = world;
    const domain = "paused.example";
    const { tenantId } = await createAudience(world, { contacts: 600, domain });
    const started = await floe.campaigns.start({
      ...(await createCampaign(world, tenantId)),
      perSecond: 100,
    });

    await vi.waitFor(() => expect(received(domain).length).toBeGreaterThan(50), { timeout: 20_000 });
    await floe.campaigns.pause(started);
    // Still twice in a row, two seconds apart: the batches have noticed and nothing is on the wire.
    let before = -1;
    await vi.waitFor(
      () => {
        const now = received(domain).length;
        const still = now === before;
        before = now;
        expect(still).toBe(true);
      },
      { timeout: 20_000, interval: 2_000 },
    );
    expect(before).toBeLessThan(600);
    expect((await floe.campaigns.status(started)).status).toBe("paused");

    await floe.campaigns.setRate({ ...started, perSecond: null });
    await floe.campaigns.resume(started);
    const { counts } = await floe.campaigns.wait(started);
    expect(counts.sent).toBe(600);
    expect(received(domain)).toHaveLength(600);
  });

  it("that is cancelled in the middle settles everybody, sent or cancelled", async () => {
    const { floe } = world;
    const domain = "cancelled.example";
    const { tenantId } = await createAudience(world, { contacts: 600, domain });
    const started = await floe.campaigns.start({ ...(await createCampaign(world, tenantId)), perSecond: 50 });

    await vi.waitFor(() => expect(received(domain).length).toBeGreaterThan(20), { timeout: 20_000 });
    await floe.campaigns.cancel(started);
    const { counts, status } = await floe.campaigns.wait(started);

    expect(status).toBe("cancelled");
    expect(counts.sent).toBe(received(domain).length);
    expect(counts.cancelled).toBeGreaterThan(0);
    expect(counts.sent + counts.cancelled).toBe(600);
  });

  it("cancelled in Temporal's own way ends as orderly", async () => {
    const { floe, config } = world;
    const domain = "cancelled-in-ui.example";
    const { tenantId } = await createAudience(world, { contacts: 300, domain });
    const started = await floe.campaigns.start({ ...(await createCampaign(world, tenantId)), perSecond: 20 });
    await vi.waitFor(() => expect(received(domain).length).toBeGreaterThan(10), { timeout: 20_000 });

    const client = await createTemporalClient(config.temporal);
    await client.workflow.getHandle(campaignWorkflowId(started.sendId)).cancel();
    await client.connection.close();
    const { counts } = await floe.campaigns.wait(started);
    expect(settledRecipients(counts)).toBe(300);
    expect(counts.sent).toBe(received(domain).length);
  });

  it("whose workflow was terminated goes on when it is resumed", async () => {
    const { floe, config } = world;
    const domain = "terminated.example";
    const { tenantId } = await createAudience(world, { contacts: 400, domain });
    const started = await floe.campaigns.start({ ...(await createCampaign(world, tenantId)), perSecond: 60 });
    await vi.waitFor(() => expect(received(domain).length).toBeGreaterThan(20), { timeout: 20_000 });

    const client = await createTemporalClient(config.temporal);
    await client.workflow.getHandle(campaignWorkflowId(started.sendId)).terminate("shown by a test");
    await client.connection.close();
    await floe.campaigns.resume(started);
    await floe.campaigns.setRate({ ...started, perSecond: null });
    const { counts, possibleDuplicates } = await floe.campaigns.wait(started);

    expect(counts.sent).toBe(400);
    const messages = received(domain);
    expect(new Set(messages.map(({ to }) => to[0])).size).toBe(400);
    expect(messages.length - 400).toBeLessThanOrEqual(possibleDuplicates);
  });
});

describe("refusals", () => {
  it("bounce bad addresses and suppress them; other refusals wait for a person and can be retried", async () => {
    const { floe, smtp } = world;
    const domain = "refused.example";
    const { tenantId } = await createAudience(world, { contacts: 40, domain });
    smtp.setFaults([
      {
        name: "unknown user",
        stage: "rcpt",
        action: { kind: "reply", line: "550 5.1.1 no such user" },
        recipient: `user[12]@${domain}`,
      },
      {
        name: "policy",
        stage: "after-dot",
        action: { kind: "reply", line: "554 5.7.1 not today" },
        recipient: `user[34]@${domain}`,
      },
    ]);
    const started = await floe.campaigns.start(await createCampaign(world, tenantId));
    const { counts } = await floe.campaigns.wait(started);
    expect(smtp.statistics().fired).toMatchObject({ "unknown user": 2, policy: 2 });
    expect(counts).toMatchObject({ sent: 36, bounced: 2, dead: 2 });
    expect(await floe.suppressions.list({ tenantId })).toHaveLength(2);
    expect(await floe.deadLetters.list({ tenantId })).toHaveLength(2);

    smtp.setFaults([]);
    expect(await floe.campaigns.retryFailed(started)).toEqual({ revived: 2 });
    await vi.waitFor(
      async () =>
        expect((await floe.campaigns.status(started)).counts).toMatchObject({
          sent: 38,
          bounced: 2,
          dead: 0,
        }),
      { timeout: 30_000, interval: 500 },
    );
    expect(await floe.deadLetters.list({ tenantId })).toHaveLength(0);
  });

  it("without a reply after the dot are held for a person when the campaign says so", async () => {
    const { floe, smtp } = world;
    const domain = "held.example";
    const { tenantId } = await createAudience(world, { contacts: 20, domain });
    smtp.setFaults([
      { name: "swallowed", stage: "after-dot", action: { kind: "drop" }, recipient: `user5@${domain}` },
    ]);
    const started = await floe.campaigns.start(await createCampaign(world, tenantId, { onUnknown: "hold" }));
    const { counts, possibleDuplicates } = await floe.campaigns.wait(started);
    expect(smtp.statistics().fired.swallowed).toBe(1);
    expect(counts).toMatchObject({ sent: 19, unknown: 1 });
    expect(possibleDuplicates).toBe(1);
    smtp.setFaults([]);
  });
});

describe("a spent allowance", () => {
  it(
    "holds the rest, says which limit did, and goes on when there is room again",
    { timeout: 120_000 },
    async () => {
      const { floe, config } = world;
      const domain = "warming.example";
      const { tenantId, nodeId } = await createAudience(world, { contacts: 40, domain });
      await floe.limits.set({ scope: "node", key: nodeId, perDay: 25 });
      await limitsSeen();
      const send = await floe.campaigns.start(await createCampaign(world, tenantId));

      await vi.waitFor(
        async () =>
          expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 25, pending: 15 }),
        { timeout: 20_000, interval: 250 },
      );
      const client = await createTemporalClient(config.temporal);
      const handle = client.workflow.getHandle(deliverWorkflowId(send.sendId, 0));
      await vi.waitFor(async () => {
        const { raw } = await handle.describe();
        expect(raw.pendingActivities?.[0]?.lastFailure?.message).toContain(`node:${nodeId} day`);
      });

      await floe.limits.set({ scope: "node", key: nodeId, perDay: 100 });
      await client.connection.close();
      const { counts } = await floe.campaigns.wait(send);
      expect(counts.sent).toBe(40);
    },
  );
});
