import type { WorkflowHandle } from "@temporalio/client";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { Conflict, InvalidInput, NotFound } from "../../domain/errors.js";
import { campaignWorkflowId } from "../../domain/ids.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { retryBaseMs: 500 } });
});

/** A send of which two recipients' messages were taken without a reply; its campaign holds them. */
async function sendWithHeld(domain: string, over: { perSecond?: number; contacts?: number } = {}) {
  const { floe, smtp } = world;
  const { perSecond, contacts = 12 } = over;
  const { tenantId } = await createAudience(world, { contacts, domain });
  const fault = { stage: "after-dot", action: { kind: "drop" }, recipient: `user[12]@${domain}` } as const;
  smtp.setFaults([{ ...fault, name: domain, times: 2 }]);
  const campaign = await createCampaign(world, tenantId, { onUnknown: "hold" });
  return floe.campaigns.start({ ...campaign, ...(perSecond !== undefined && { perSecond }) });
}

type HeldSend = Awaited<ReturnType<typeof sendWithHeld>>;

async function ended(domain: string): Promise<HeldSend> {
  const send = await sendWithHeld(domain);
  expect((await world.floe.campaigns.wait(send)).counts).toMatchObject({ sent: 10, unknown: 2 });
  expect(world.smtp.statistics().fired[domain]).toBe(2);
  return send;
}

function held(send: HeldSend) {
  return world.floe.campaigns.recipients({ ...refOf(send), status: "unknown" });
}

function refOf({ tenantId, sendId }: HeldSend) {
  return { tenantId, sendId };
}

/** Statements with this text that wait for somebody else's lock. */
async function waitingForLock(text: string): Promise<number | null> {
  const { rowCount } = await world.pool.query(
    "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1",
    [`%${text}%`],
  );
  return rowCount;
}

function messagesTo(address: string) {
  return world.smtp.messages.filter(({ to }) => to[0] === address);
}

function messageId(body: string | undefined): string | undefined {
  return /^Message-ID: (.+)$/im.exec(body ?? "")?.[1];
}

describe("recipients held as unknown", () => {
  it("are reported with the reason", async () => {
    const send = await ended("reported.example");
    expect(await held(send)).toMatchObject([
      { email: "user1@reported.example", reason: "no-reply-after-dot", possibleDuplicate: true },
      { email: "user2@reported.example", reason: "no-reply-after-dot", possibleDuplicate: true },
    ]);
  });

  it("stand as sent by a person's word, with nothing sent, in counts and analytics at once", async () => {
    const { floe } = world;
    const send = await ended("confirmed.example");
    const [first] = await held(send);
    const contactIds = [first?.contactId ?? ""];
    const one = { ...send, as: "sent", contactIds } as const;
    expect(await floe.campaigns.resolveUnknown(one)).toEqual({ resolved: 1 });
    expect(await floe.campaigns.resolveUnknown(one)).toEqual({ resolved: 1 });
    expect(await floe.campaigns.analytics(refOf(send))).toMatchObject({ sent: 11, unknown: 1 });
    expect(await floe.campaigns.resolveUnknown({ ...send, as: "sent" })).toEqual({ resolved: 2 });
    const summary = await floe.campaigns.status(send);
    expect(summary).toMatchObject({ status: "completed", accountedFor: true });
    expect(summary.counts).toMatchObject({ sent: 12, unknown: 0 });
    expect(await floe.campaigns.progress(send)).toMatchObject({ sent: 12, failed: 0 });
    expect(messagesTo("user1@confirmed.example")).toHaveLength(1);
  });

  it("get the message again after the send has ended: flagged, with the same Message-ID", async () => {
    const { floe } = world;
    const send = await ended("resent.example");
    const [first, second] = await held(send);
    const contactIds = [first?.contactId ?? ""];
    await floe.campaigns.resolveUnknown({ ...send, as: "resend", contactIds });
    await vi.waitFor(() => expect(messagesTo("user1@resent.example")).toHaveLength(2), { timeout: 20_000 });
    await vi.waitFor(
      async () => expect(await floe.campaigns.analytics(refOf(send))).toMatchObject({ sent: 11, unknown: 1 }),
      { timeout: 20_000, interval: 250 },
    );
    const ids = messagesTo("user1@resent.example").map(({ body }) => messageId(body));
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toBe(ids[0]);
    const recipients = await floe.campaigns.recipients({ ...refOf(send), status: "sent" });
    expect(recipients.find(({ email }) => email === first?.email)).toMatchObject({
      attempts: 1,
      possibleDuplicate: true,
      reason: null,
    });
    expect(await held(send)).toMatchObject([{ contactId: second?.contactId }]);
    expect(messagesTo("user2@resent.example")).toHaveLength(1);
    expect(await floe.campaigns.wait(send)).toMatchObject({ status: "completed", accountedFor: true });
  });

  it("of a running send are resolved while it runs, and get theirs before it ends", async () => {
    const { floe } = world;
    const send = await sendWithHeld("running.example", { perSecond: 30, contacts: 200 });
    await vi.waitFor(async () => expect(await held(send)).toHaveLength(2), { timeout: 20_000 });
    expect(await floe.campaigns.resolveUnknown({ ...send, as: "resend" })).toEqual({ resolved: 2 });
    expect((await floe.campaigns.status(send)).status).toBe("sending");
    await floe.campaigns.setRate({ ...refOf(send), perSecond: null });
    const { counts, possibleDuplicates } = await floe.campaigns.wait(send);
    expect(counts).toMatchObject({ sent: 200, unknown: 0 });
    expect(possibleDuplicates).toBe(2);
    expect(messagesTo("user1@running.example")).toHaveLength(2);
  });

  it("get theirs although the send was closed while they were being resolved", async () => {
    const { floe, pool, config } = world;
    const send = await ended("closing.example");
    const holder = await pool.connect();
    const temporal = await createTemporalClient(config.temporal);
    await holder.query("begin");
    await holder.query("select from email_sends where send_id = $1 and status = 'unknown' for update", [
      send.sendId,
    ]);
    await holder.query("savepoint send_is_free");
    await holder.query("select from campaign_sends where send_id = $1 for update", [send.sendId]);
    // The workflow looks once more whether the send is done, and waits for the row; then the person's word does.
    const workflow = await temporal.workflow.start("campaign", {
      workflowId: campaignWorkflowId(send.sendId),
      taskQueue: orchestrationQueue,
      args: [{ sendId: send.sendId }],
    });
    await expect.poll(() => waitingForLock("tenant_id, campaign_id, send_month")).toBe(1);
    const resolved = floe.campaigns.resolveUnknown({ ...send, as: "resend" });
    await expect.poll(() => waitingForLock("held as"), { timeout: 10_000 }).toBe(1);
    // The send is closed, and its workflow has taken note, before the word is written.
    await holder.query("rollback to savepoint send_is_free");
    await expect.poll(() => decidedAfter(workflow, 2), { timeout: 10_000 }).toBe(true);
    await holder.query("rollback");
    holder.release();
    expect(await resolved).toEqual({ resolved: 2 });
    await vi.waitFor(() => expect(messagesTo("user2@closing.example")).toHaveLength(2), { timeout: 20_000 });
    await temporal.connection.close();
  });
});

/** Whether the workflow has gone on after so many of its activities had ended. */
async function decidedAfter(workflow: WorkflowHandle, activities: number): Promise<boolean> {
  const { events } = await workflow.fetchHistory();
  const ends = (events ?? []).filter((event) => event.activityTaskCompletedEventAttributes);
  const last = ends[activities - 1]?.eventId?.toNumber() ?? Infinity;
  return (events ?? []).some(
    (event) => event.workflowTaskCompletedEventAttributes && (event.eventId?.toNumber() ?? 0) > last,
  );
}

describe("resolving is refused", () => {
  it("for a send that is cancelled while the word is on its way", async () => {
    const { floe, pool } = world;
    const send = await ended("late-word.example");
    const holder = await pool.connect();
    await holder.query("begin");
    await holder.query("update campaign_sends set status = 'cancelling' where send_id = $1", [send.sendId]);
    const refusal = floe.campaigns.resolveUnknown({ ...send, as: "sent" }).catch((error: unknown) => error);
    await expect.poll(() => waitingForLock("held as"), { timeout: 10_000 }).toBe(1);
    await holder.query("commit");
    holder.release();
    expect(await refusal).toBeInstanceOf(Conflict);
    expect(await held(send)).toHaveLength(2);
  });

  it("for a cancelled send, for a foreign tenant's, and with the field that is wrong", async () => {
    const { floe } = world;
    const send = await sendWithHeld("refused-word.example", { perSecond: 30, contacts: 200 });
    await vi.waitFor(async () => expect(await held(send)).toHaveLength(2), { timeout: 20_000 });
    const foreign = { tenantId: "somebody-else", sendId: send.sendId, as: "sent" } as const;
    await expect(floe.campaigns.resolveUnknown(foreign)).rejects.toThrow(NotFound);

    const wrong: [Record<string, unknown>, string][] = [
      [{ as: "lost" }, "as"],
      [{ as: undefined }, "as"],
      [{ contactIds: [] }, "contactIds"],
      [{ contactIds: ["x"] }, "contactIds.0"],
      [{ contactIds: ["9999999999999999999"] }, "contactIds.0"],
      [{ contactIds: Array.from({ length: 1_001 }, (_, i) => String(i + 1)) }, "contactIds"],
      [{ contactId: ["1"] }, "contactId"],
    ];
    for (const [over, field] of wrong) {
      const refusal = await floe.campaigns
        .resolveUnknown({ ...send, as: "sent", ...over })
        .catch((error: unknown) => error);
      expect(refusal, field).toBeInstanceOf(InvalidInput);
      expect((refusal as InvalidInput).problems.map((problem) => problem.field)).toContain(field);
    }

    await floe.campaigns.cancel(refOf(send));
    await floe.campaigns.wait(refOf(send));
    for (const as of ["sent", "resend"] as const) {
      await expect(floe.campaigns.resolveUnknown({ ...send, as })).rejects.toThrow(Conflict);
    }
    expect(await held(send)).toHaveLength(2);
  });
});
