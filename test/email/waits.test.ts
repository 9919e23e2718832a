import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EmailRef } from "../../client/email-input.js";
import { Conflict } from "../../domain/errors.js";
import { emailsWorkflowId } from "../../domain/ids.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { startWorld, type World } from "../support/world.js";
import { createShop, messagesTo } from "./fixture.js";

/** Hours pass in an instant here: Temporal's time-skipping server, everything else as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
  shop = await createShop(world);
});
afterAll(() => env.teardown());
beforeEach(() => world.smtp.setFaults([]));

/** Lets time skip until the email's workflow has ended. */
async function finish(email: EmailRef) {
  const { groupId } = await world.floe.emails.status(email);
  await env.client.workflow.getHandle(emailsWorkflowId(groupId)).result();
  return world.floe.emails.status(email);
}

/** Without any skipping. */
async function ended({ emailId }: EmailRef): Promise<void> {
  const handle = env.client.workflow.getHandle(emailsWorkflowId(emailId));
  await expect.poll(async () => (await handle.describe()).status.name, { timeout: 20_000 }).toBe("COMPLETED");
}

async function hoursAhead(hours: number): Promise<Date> {
  return new Date((await env.currentTimeMs()) + hours * 3_600_000);
}

// These come first: waiting for a workflow's result skips to the end of its timeout, years ahead, and no email may be
// asked for so early.
describe("an email with a time to leave at", () => {
  it("leaves then", async () => {
    const { floe } = world;
    const sendAt = await hoursAhead(36);
    const sent = await floe.emails.send(shop.request("ann@later.example", { sendAt }));
    await env.sleep("35h");
    expect(await floe.emails.status(sent)).toMatchObject({ status: "pending", sendAt });
    expect(messagesTo(world, "ann@later.example")).toHaveLength(0);
    await env.sleep("1h");
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "sent" });
    expect(messagesTo(world, "ann@later.example")).toHaveLength(1);
  });

  it("can be cancelled until then, and its workflow ends at once", async () => {
    const { floe } = world;
    const sendAt = await hoursAhead(48);
    const sent = await floe.emails.send(shop.request("ann@never.example", { sendAt }));
    expect(await floe.emails.cancel(sent)).toMatchObject({ status: "cancelled" });
    // A second cancel is the same one.
    expect(await floe.emails.cancel(sent)).toMatchObject({ status: "cancelled" });
    await ended(sent);
    expect(await env.currentTimeMs()).toBeLessThan(sendAt.getTime());
    expect(messagesTo(world, "ann@never.example")).toHaveLength(0);
  });

  it("is cancelled alone: its neighbours leave", async () => {
    const { floe } = world;
    const sendAt = await hoursAhead(12);
    const sent = await Promise.all(
      ["one", "two", "three"].map((name) =>
        floe.emails.send(shop.request(`${name}@neighbour.example`, { sendAt })),
      ),
    );
    await floe.emails.cancel(sent[1] ?? { tenantId: "", emailId: "" });
    await env.sleep("12h");
    const emails = await Promise.all(sent.map((email) => floe.emails.wait(email)));
    expect(emails.map(({ status }) => status)).toEqual(["sent", "cancelled", "sent"]);
    expect(new Set(emails.map(({ groupId }) => groupId)).size).toBeLessThan(3);
  });

  it("takes the workflow's cancel in the Web UI for a cancel of all that has not left", async () => {
    const { floe } = world;
    const sent = await floe.emails.send(shop.request("ann@ui.example", { sendAt: await hoursAhead(5) }));
    await env.client.workflow.getHandle(emailsWorkflowId(sent.emailId)).cancel();
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "cancelled" });
    await ended(sent);
  });
});

describe("a deferred email", () => {
  it("is tried three times, then it is a dead letter; a person may have it tried again", async () => {
    const { floe, smtp } = world;
    const fault = {
      name: "for ever",
      stage: "rcpt" as const,
      action: { kind: "reply" as const, line: "451 4.7.1 greylisted" },
    };
    smtp.setFaults([fault]);
    const before = await env.currentTimeMs();
    const sent = await floe.emails.send(shop.request("ann@grey.example"));
    expect(await finish(sent)).toMatchObject({
      status: "dead",
      recipients: [{ attempts: 3, reason: "greylisted", replyCode: 451, possibleDuplicate: false }],
    });
    expect(smtp.statistics().fired["for ever"]).toBe(3);
    // Half a minute and two and a half at least.
    expect((await env.currentTimeMs()) - before).toBeGreaterThan(3 * 60_000);
    const letters = await floe.deadLetters.list({ tenantId: shop.tenantId });
    expect(letters).toMatchObject([{ emailId: sent.emailId, reason: "greylisted", attempts: 3 }]);

    smtp.setFaults([]);
    expect(await floe.emails.retry(sent)).toEqual({ revived: 1 });
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "sent", recipients: [{ attempts: 1 }] });
    expect(await floe.deadLetters.list({ tenantId: shop.tenantId })).toEqual([]);
    expect(await floe.emails.retry(sent)).toEqual({ revived: 0 });
    expect(messagesTo(world, "ann@grey.example")).toHaveLength(1);
  });

  it("that gets through at the second attempt is sent once", async () => {
    const { floe, smtp } = world;
    const line = "450 4.2.0 Try again later";
    smtp.setFaults([{ name: "once", stage: "rcpt", action: { kind: "reply", line }, times: 1 }]);
    const sent = await floe.emails.send(shop.request("ann@second.example"));
    expect(await finish(sent)).toMatchObject({ status: "sent", recipients: [{ attempts: 2 }] });
    expect(smtp.statistics().fired.once).toBe(1);
    expect(messagesTo(world, "ann@second.example")).toHaveLength(1);
  });

  it("can be cancelled while it waits for its next attempt", async () => {
    const { floe, smtp } = world;
    smtp.setFaults([
      { name: "busy", stage: "rcpt", action: { kind: "reply", line: "450 4.2.0 Busy" }, times: 1 },
    ]);
    const sent = await floe.emails.send(shop.request("ann@regret.example"));
    await expect
      .poll(async () => (await floe.emails.status(sent)).status, { timeout: 20_000 })
      .toBe("deferred");
    expect(await floe.emails.cancel(sent)).toMatchObject({ status: "cancelled" });
    expect(await finish(sent)).toMatchObject({ status: "cancelled", recipients: [{ attempts: 1 }] });
    expect(messagesTo(world, "ann@regret.example")).toHaveLength(0);
  });
});

describe("an email without a reply after its final dot", () => {
  const swallowed = { name: "swallowed", stage: "after-dot", action: { kind: "drop" }, times: 1 } as const;

  it("goes again under the same Message-ID, flagged", async () => {
    const { floe, smtp } = world;
    smtp.setFaults([swallowed]);
    const sent = await floe.emails.send(shop.request("ann@silent.example"));
    expect(await finish(sent)).toMatchObject({
      status: "sent",
      recipients: [{ attempts: 2, possibleDuplicate: true }],
    });
    const copies = messagesTo(world, "ann@silent.example");
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
  });

  it("is held for a person when it asks for that, who says that it arrived, or has it sent again", async () => {
    const { floe, smtp } = world;
    smtp.setFaults([swallowed]);
    const sent = await floe.emails.send(shop.request("ann@held.example", { onUnknown: "hold" }));
    expect(await finish(sent)).toMatchObject({
      status: "unknown",
      recipients: [{ attempts: 1, possibleDuplicate: true, reason: "no-reply-after-dot" }],
    });
    expect(messagesTo(world, "ann@held.example")).toHaveLength(1);
    expect(await floe.emails.resolveUnknown({ ...sent, as: "resend" })).toEqual({ resolved: 1 });
    expect(await floe.emails.wait(sent)).toMatchObject({
      status: "sent",
      recipients: [{ possibleDuplicate: true }],
    });
    expect(messagesTo(world, "ann@held.example")).toHaveLength(2);

    smtp.setFaults([swallowed]);
    const other = await floe.emails.send(shop.request("bob@held.example", { onUnknown: "hold" }));
    await finish(other);
    expect(await floe.emails.resolveUnknown({ ...other, as: "sent" })).toEqual({ resolved: 1 });
    expect(await floe.emails.resolveUnknown({ ...other, as: "sent" })).toEqual({ resolved: 0 });
    expect(await finish(other)).toMatchObject({ status: "sent" });
    expect(messagesTo(world, "bob@held.example")).toHaveLength(1);
  });
});

describe("an email that has left", () => {
  it("cannot be cancelled, and the refusal says why", async () => {
    const { floe } = world;
    const sent = await floe.emails.send(shop.request("ann@left.example"));
    await floe.emails.wait(sent);
    const refusal = await floe.emails.cancel(sent).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Conflict);
    expect((refusal as Conflict).message).toBe(`Email ${sent.emailId} is sent; it cannot be cancelled.`);
  });
});
