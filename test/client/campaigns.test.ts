import { v7 as uuidv7 } from "uuid";
import { beforeAll, expect, test } from "vitest";
import { createSends } from "../../db/sends.js";
import { Conflict, InvalidInput, NotFound } from "../../domain/errors.js";
import { campaignWorkflowId } from "../../domain/ids.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { createTemporalClient } from "../support/temporal-client.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

async function compose(domain: string, contacts = 20) {
  const { tenantId } = await createAudience(world, { contacts, domain });
  return createCampaign(world, tenantId);
}

test("a send is composed, started, awaited and read back in a handful of calls", async () => {
  const { floe } = world;
  const campaign = await compose("handful.example");
  const send = await floe.campaigns.start(campaign);
  expect(send.created).toBe(true);
  const ended = await floe.campaigns.wait(send);
  expect(ended).toMatchObject({
    status: "completed",
    accountedFor: true,
    recipients: 20,
    counts: { sent: 20 },
  });
  expect(await floe.campaigns.progress(send)).toMatchObject({
    status: "completed",
    sent: 20,
    snapshotDone: true,
  });
  expect(await floe.campaigns.sends({ tenantId: campaign.tenantId })).toMatchObject([
    { sendId: send.sendId },
  ]);
  expect(await floe.campaigns.get(campaign)).toMatchObject({ name: "A campaign", status: "completed" });

  const first = await floe.campaigns.recipients({ ...send, limit: 15 });
  const rest = await floe.campaigns.recipients({ ...send, limit: 15, after: first.at(-1)?.contactId });
  expect([first.length, rest.length]).toEqual([15, 5]);
  expect(new Set([...first, ...rest].map((row) => row.email)).size).toBe(20);
  expect(await floe.campaigns.recipients({ ...send, status: "dead" })).toEqual([]);
  expect(await floe.campaigns.analytics(send)).toMatchObject({ recipients: 20, sent: 20, opens: 0 });
});

test("a start whose first call died between the row and the workflow is finished by the second", async () => {
  const { floe, pool } = world;
  const campaign = await compose("half.example");
  const row = await createSends(pool).createSend({ ...campaign, sendId: uuidv7(), timeZone: "UTC" });
  const send = await floe.campaigns.start(campaign);
  expect(send).toMatchObject({ sendId: row.sendId, created: false });
  expect(await floe.campaigns.wait(send)).toMatchObject({ accountedFor: true, counts: { sent: 20 } });
});

test("many starts at once are one send", async () => {
  const { floe, smtp } = world;
  const campaign = await compose("crowd.example");
  const sends = await Promise.all(Array.from({ length: 8 }, () => floe.campaigns.start(campaign)));
  expect(new Set(sends.map((send) => send.sendId)).size).toBe(1);
  expect(sends.filter((send) => send.created)).toHaveLength(1);
  await floe.campaigns.wait({ tenantId: campaign.tenantId, sendId: sends[0]?.sendId ?? "" });
  // Starting once more after the end neither sends nor runs anything.
  expect(await floe.campaigns.start(campaign)).toMatchObject({ created: false });
  expect(
    smtp.messages.filter(({ to }) => to.some((address) => address.endsWith("@crowd.example"))),
  ).toHaveLength(20);
});

test("another run key is another send", async () => {
  const { floe } = world;
  const campaign = await compose("again.example", 3);
  const first = await floe.campaigns.start(campaign);
  const second = await floe.campaigns.start({ ...campaign, runKey: "december" });
  expect(second.sendId).not.toBe(first.sendId);
  expect((await floe.campaigns.wait(second)).counts.sent).toBe(3);
});

test("a send that has ended refuses to be paused, resumed, cancelled or given a rate", async () => {
  const { floe } = world;
  const send = await floe.campaigns.start(await compose("ended.example", 2));
  await floe.campaigns.wait(send);
  await expect(floe.campaigns.pause(send)).rejects.toThrow(/is completed; it cannot be paused/);
  await expect(floe.campaigns.resume(send)).rejects.toThrow(Conflict);
  await expect(floe.campaigns.cancel(send)).rejects.toThrow(Conflict);
  await expect(floe.campaigns.setRate({ ...send, perSecond: 5 })).rejects.toThrow(Conflict);
  // Nothing failed, so there is nothing to revive, and the send ends again as it was.
  expect(await floe.campaigns.retryFailed(send)).toEqual({ revived: 0 });
  expect(await floe.campaigns.wait(send)).toMatchObject({ status: "completed", counts: { sent: 2 } });
});

test("an unknown send, or another tenant's, is not found", async () => {
  const { floe } = world;
  const send = await floe.campaigns.start(await compose("mine.example", 1));
  await floe.campaigns.wait(send);
  const unknown = { ...send, sendId: uuidv7() };
  const foreign = { ...send, tenantId: "somebody-else" };
  for (const ref of [unknown, foreign]) {
    for (const ask of [
      "pause",
      "resume",
      "cancel",
      "retryFailed",
      "progress",
      "status",
      "wait",
      "recipients",
    ] as const) {
      await expect(floe.campaigns[ask](ref), ask).rejects.toThrow(NotFound);
    }
  }
});

test("dead recipients of a send that has ended are taken up again", async () => {
  const { floe, smtp } = world;
  const campaign = await compose("revive.example", 6);
  smtp.setFaults([
    {
      stage: "rcpt",
      action: { kind: "reply", line: "550 5.7.1 Refused by policy" },
      recipient: "user[12]@revive",
    },
  ]);
  const send = await floe.campaigns.start(campaign);
  expect((await floe.campaigns.wait(send)).counts).toMatchObject({ sent: 4, dead: 2 });
  expect(await floe.deadLetters.list({ tenantId: send.tenantId })).toHaveLength(2);
  smtp.setFaults([]);
  expect(await floe.deadLetters.retry(send)).toEqual({ revived: 2 });
  expect((await floe.campaigns.status(send)).counts.dead).toBe(0);
  expect(await floe.deadLetters.list({ tenantId: send.tenantId })).toEqual([]);
});

test("waiting for a send whose workflow was terminated says so, and resuming goes on", async () => {
  const { floe, config } = world;
  const at = new Date(Date.now() + 3_600_000);
  const send = await floe.campaigns.start({ ...(await compose("lost.example", 4)), at });
  const waited = expect(floe.campaigns.wait(send)).rejects.toThrow(/was terminated; nothing is lost/);
  const client = await createTemporalClient(config.temporal);
  await client.workflow.getHandle(campaignWorkflowId(send.sendId)).terminate("lost on purpose");
  await waited;
  await floe.campaigns.resume(send);
  await floe.campaigns.cancel(send);
  expect(await floe.campaigns.wait(send)).toMatchObject({ status: "cancelled" });
  await client.connection.close();
});

test("the Web UI shows what a run is, and search finds it", async () => {
  const { floe, config } = world;
  const campaign = await compose("seen.example", 2);
  const send = await floe.campaigns.start(campaign);
  await floe.campaigns.wait(send);
  const client = await createTemporalClient(config.temporal);
  const description = await client.workflow.getHandle(campaignWorkflowId(send.sendId)).describe();
  expect(description.memo).toMatchObject({
    campaign: "A campaign",
    tenant: campaign.tenantId,
    runKey: "first",
  });
  expect(await description.staticSummary()).toBe(`A campaign (${campaign.tenantId})`);
  expect(description.priority).toMatchObject({ fairnessKey: campaign.tenantId });
  await expect
    .poll(async () => {
      const query = `TenantId = "${campaign.tenantId}" and CampaignId = "${campaign.campaignId}" and JobType = "campaign.process" and Lane = "campaign-standard"`;
      return (await client.workflow.count(query)).count;
    })
    .toBe(1);
  await client.connection.close();
});

test("a wrong start is refused with the field and what to do, and makes no send", async () => {
  const { floe } = world;
  const campaign = await compose("wrong.example", 1);
  const wrong: [Record<string, unknown>, string][] = [
    [{ at: "tomorrow" }, "at"],
    [{ at: "2026-12-01T09:00:00" }, "at"],
    [{ localTime: "9 o'clock" }, "localTime"],
    [{ localTime: "2026-02-31T09:00" }, "localTime"],
    [{ localTime: "2026-12-01T09:00", at: new Date() }, "localTime"],
    [{ localTime: "2026-12-01T09:00", timeZone: "Mars/Olympus" }, "timeZone"],
    [{ perSecond: 0 }, "perSecond"],
    [{ perSecond: -1 }, "perSecond"],
    [{ runKey: "" }, "runKey"],
    [{ campaignId: "spring" }, "campaignId"],
    [{ speed: 5 }, "speed"],
  ];
  for (const [over, field] of wrong) {
    const refusal = await floe.campaigns.start({ ...campaign, ...over }).catch((error: unknown) => error);
    expect(refusal, JSON.stringify(over)).toBeInstanceOf(InvalidInput);
    expect((refusal as InvalidInput).problems.map((problem) => problem.field)).toContain(field);
  }
  await expect(floe.campaigns.start({ ...campaign, campaignId: uuidv7() })).rejects.toThrow(NotFound);
  expect(await floe.campaigns.sends({ tenantId: campaign.tenantId })).toEqual([]);
});
