import { beforeAll, describe, expect, it } from "vitest";
import { Conflict } from "../../domain/errors.js";
import { createShop, messagesTo } from "../email/fixture.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { bury, replayEnded } from "./fixture.js";

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { retryBaseMs: 100 } });
});

/** A campaign whose recipients have all got it once and are dead nevertheless. */
async function deadSend(contacts: number, domain: string) {
  const { floe, pool } = world;
  const { tenantId } = await createAudience(world, { contacts, domain });
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await floe.campaigns.wait(send);
  const timeouts = await bury(pool, { tenantId, sendId: send.sendId });
  return { tenantId, sendId: send.sendId, timeouts };
}

describe("a replay", () => {
  it("of 5,000 letters with times in no order takes up exactly those, each once", async () => {
    const { floe, pool, smtp } = world;
    const { tenantId, sendId, timeouts } = await deadSend(6_000, "many.example");
    expect(timeouts).toBe(5_000);
    const preview = await floe.deadLetters.preview({ tenantId, reason: "timeout" });
    expect(preview).toMatchObject({
      count: 5_000,
      reasons: [{ kind: "email.send", reason: "timeout", count: 5_000 }],
    });
    expect(preview.sample).toHaveLength(10);
    const { rows: wanted } = await pool.query<{ email: string }>(
      `select r.email from dead_letters d join email_sends r on r.send_id = d.send_id and r.contact_id = d.contact_id
       where d.send_id = $1 and d.reason = 'timeout'`,
      [sendId],
    );

    const before = smtp.messages.length;
    const replay = await floe.deadLetters.replay({
      ...{ tenantId, reason: "timeout", perSecond: 2_000 },
      ...{ actor: "ann", because: "the node is back" },
    });
    expect(replay).toMatchObject({ status: "running", items: 5_000, replayed: 0 });
    expect(await replayEnded(floe, replay)).toMatchObject({
      status: "completed",
      items: 5_000,
      replayed: 5_000,
      refused: 0,
    });
    await until("all are delivered", async () => smtp.messages.length - before >= 5_000);
    await until("the campaign's end", async () => {
      const { rows } = await pool.query(
        "select from email_sends where send_id = $1 and status = 'deferred'",
        [sendId],
      );
      return rows.length === 0;
    });
    const again = smtp.messages.slice(before).flatMap(({ to }) => to);
    expect(again).toHaveLength(5_000);
    expect(new Set(again)).toEqual(new Set(wanted.map(({ email }) => email)));
    expect(await floe.deadLetters.preview({ tenantId })).toMatchObject({
      count: 1_000,
      reasons: [{ reason: "policy", count: 1_000 }],
    });
    expect(await floe.audit.list({ tenantId, action: "dead_letters.replay" })).toMatchObject([
      { actor: "ann", reason: "the node is back", subject: replay.replayId, after: { items: 5_000 } },
    ]);
  }, 240_000);

  it("is paused, resumed and cancelled; letters that it has not reached stay open", async () => {
    const { floe } = world;
    const { tenantId } = await deadSend(60, "steered.example");
    const replay = await floe.deadLetters.replay({ tenantId, all: true, perSecond: 5 });
    await until("the first page", async () => {
      return (await floe.deadLetters.replayStatus(replay)).replayed > 0;
    });
    const by = { actor: "ann", because: "too early" };
    const ref = { tenantId, replayId: replay.replayId };
    const paused = await floe.deadLetters.pauseReplay({ ...ref, ...by });
    expect(paused.status).toBe("paused");
    // A page that was written before the pause may still have to be told.
    const reached = await until("what was taken up is told", async () => {
      const { count } = await floe.deadLetters.preview({ tenantId });
      const { replayed } = await floe.deadLetters.replayStatus(ref);
      return count + replayed === 60 && replayed;
    });
    expect(await floe.deadLetters.resumeReplay(ref)).toMatchObject({ status: "running" });
    await until("a further page", async () => (await floe.deadLetters.replayStatus(ref)).replayed > reached);
    await floe.deadLetters.cancelReplay(ref);
    const ended = await until("what was taken up is told", async () => {
      const { count } = await floe.deadLetters.preview({ tenantId });
      const now = await floe.deadLetters.replayStatus(ref);
      return count + now.replayed === 60 && now;
    });
    expect(ended).toMatchObject({ status: "cancelled", items: 60 });
    expect(ended.replayed).toBeLessThan(60);
    await expect(floe.deadLetters.resumeReplay(ref)).rejects.toThrow(Conflict);
    expect((await floe.audit.list({ tenantId, subject: ref.replayId })).map(({ action }) => action)).toEqual([
      "replays.cancel",
      "replays.resume",
      "replays.pause",
      "dead_letters.replay",
    ]);
    expect(await floe.deadLetters.replays({ tenantId })).toMatchObject([{ status: "cancelled" }]);
  });

  it("leaves what somebody else has resolved meanwhile, and says so", async () => {
    const { floe, pool } = world;
    const { tenantId, sendId } = await deadSend(4, "refused.example");
    const [first] = await floe.deadLetters.list({ tenantId });
    await pool.query("update email_sends set status = 'cancelled' where send_id = $1 and contact_id = $2", [
      ...[sendId, first?.contactId],
    ]);
    const replay = await floe.deadLetters.replay({ tenantId, sendId });
    expect(await replayEnded(floe, replay)).toMatchObject({ items: 4, replayed: 3, refused: 1 });
    expect(await floe.deadLetters.list({ tenantId })).toMatchObject([{ deadLetterId: first?.deadLetterId }]);
    await expect(floe.deadLetters.replay({ tenantId, kind: "webhook" })).rejects.toThrow(
      "nothing was started",
    );
  });
});

describe("a replayed letter", () => {
  it("that fails again comes back as a new one that names the old; edited, it is delivered", async () => {
    const { floe, smtp } = world;
    const { tenantId, request } = await createShop(world);
    smtp.setFaults([
      {
        name: "no such place",
        stage: "rcpt",
        recipient: "typo@again.example",
        action: { kind: "reply", line: "451 4.7.1 greylisted" },
      },
    ]);
    const sent = await floe.emails.send(request("typo@again.example"));
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "dead" });
    const [old] = await floe.deadLetters.list({ tenantId });
    const deadLetterId = old?.deadLetterId ?? "";
    await replayEnded(floe, await floe.deadLetters.replay({ tenantId, deadLetterIds: [deadLetterId] }));
    const letter = await until("the letter comes back", async () => {
      const [found] = await floe.deadLetters.list({ tenantId });
      return found?.replayOf === deadLetterId && found;
    });
    expect(await floe.deadLetters.get({ tenantId, deadLetterId: letter.deadLetterId })).toMatchObject({
      payload: { recipient: "typo@again.example", variables: { first_name: "Ann" } },
      attemptLog: [{ attempt: 3, outcome: { reason: "greylisted", replyCode: 451 } }],
      earlier: [{ deadLetterId, attempts: 3 }],
    });

    await floe.deadLetters.edit({
      ...{ tenantId, deadLetterId: letter.deadLetterId, actor: "ann", because: "a typing mistake" },
      ...{ recipient: "Right@again.example", variables: { first_name: "Anna" } },
    });
    await replayEnded(floe, await floe.deadLetters.replay({ tenantId, all: true }));
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "sent" });
    const [message] = messagesTo(world, "right@again.example");
    expect(message?.body).toContain("Hello Anna");
    expect(messagesTo(world, "typo@again.example")).toHaveLength(0);
    expect(await floe.deadLetters.list({ tenantId })).toEqual([]);
    expect(await floe.audit.list({ tenantId, action: "dead_letters.edit" })).toMatchObject([
      {
        actor: "ann",
        reason: "a typing mistake",
        before: { recipient: "typo@again.example" },
        after: { recipient: "right@again.example", variables: { first_name: "Anna" } },
      },
    ]);
    smtp.setFaults([]);
  });
});
