import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { createSends } from "../../db/sends.js";
import { sendCanBecome, sendStatuses } from "../../domain/send-status.js";
import { testDatabase } from "../setup/stack.js";
import {
  createSnapshottedSend,
  createTestSend,
  people,
  runBatch,
  settlement,
  type TestSend,
} from "./factories.js";

const { pool } = await testDatabase();
const ledger = createLedger(pool);
const store = createSendStore(pool);
const sends = createSends(pool);

async function campaignStatus(send: TestSend): Promise<string | undefined> {
  const { rows } = await pool.query<{ status: string }>(
    "select status from campaigns where campaign_id = $1",
    [send.campaignId],
  );
  return rows[0]?.status;
}

describe("transitions", () => {
  test("follow the state machine from every status to every other", async () => {
    const send = await createTestSend(pool, []);
    for (const from of sendStatuses) {
      for (const to of sendStatuses) {
        await pool.query("update campaign_sends set status = $2 where send_id = $1", [send.sendId, from]);
        const expected = sendCanBecome(from, to) ? to : from;
        expect([from, to, await store.transition(send.sendId, to)]).toEqual([from, to, expected]);
      }
    }
  });

  test("of concurrent opponents exactly one wins", async () => {
    const send = await createTestSend(pool, []);
    const outcomes = await Promise.all([
      store.transition(send.sendId, "completed"),
      store.transition(send.sendId, "cancelling"),
    ]);
    expect(new Set(outcomes).size).toBe(1);
  });

  test("a resume goes back to where the pause came from", async () => {
    const send = await createTestSend(pool, [], { sending: false });
    await store.transition(send.sendId, "paused");
    expect(await store.resume(send.sendId)).toBe("scheduled");
    await store.transition(send.sendId, "sending");
    await store.transition(send.sendId, "paused");
    expect(await store.resume(send.sendId)).toBe("sending");
    expect(await store.resume(send.sendId)).toBe("sending");
  });

  test("of unknown sends are refused", async () => {
    const unknown = { kind: "NotFound" };
    await expect(store.transition(randomUUID(), "paused")).rejects.toMatchObject(unknown);
    await expect(store.resume(randomUUID())).rejects.toMatchObject(unknown);
    await expect(store.loadPlan(randomUUID())).rejects.toMatchObject(unknown);
    await expect(store.loadProgress(randomUUID())).rejects.toMatchObject(unknown);
    await expect(store.setRate(randomUUID(), 5)).rejects.toMatchObject(unknown);
    await expect(store.finish(randomUUID(), "completed")).rejects.toMatchObject(unknown);
    await expect(store.reviveDead(randomUUID())).rejects.toMatchObject(unknown);
    await expect(store.planRetryRound(randomUUID(), 1)).rejects.toMatchObject(unknown);
  });

  test("a rate is above zero or none", async () => {
    const send = await createTestSend(pool, []);
    await store.setRate(send.sendId, 2.5);
    expect(await store.loadPlan(send.sendId)).toMatchObject({ perSecond: 2.5 });
    await store.setRate(send.sendId, null);
    expect(await store.loadPlan(send.sendId)).toMatchObject({ perSecond: null });
    for (const wrong of [0, -1, Number.NaN, Infinity]) {
      await expect(store.setRate(send.sendId, wrong)).rejects.toMatchObject({
        problems: [{ field: "perSecond" }],
      });
    }
  });
});

describe("cancelling", () => {
  test("settles what is unsettled, in portions, and nothing else", async () => {
    const send = await createSnapshottedSend(pool, 1_600, 200);
    await runBatch(ledger, send, 1, (id) => settlement(id, Number(id) % 2 === 0 ? "sent" : "deferred"));
    await store.transition(send.sendId, "cancelling");
    const portions = [];
    do portions.push(await store.cancelRecipients(send.sendId, 500));
    while (portions.at(-1) !== 0);
    expect(portions.reduce((sum, portion) => sum + portion, 0)).toBe(1_500);
    expect(portions.every((portion) => portion <= 500)).toBe(true);
    expect(await store.unfinishedBatches(send.sendId)).toEqual([]);
    expect(await store.finish(send.sendId, "cancelled")).toMatchObject({
      counts: { sent: 100, cancelled: 1_500 },
    });
    expect(await campaignStatus(send)).toBe("cancelled");
    expect(await sends.loadSummary(send.tenantId, send.sendId)).toMatchObject({
      status: "cancelled",
      accountedFor: true,
    });
  });

  test("takes the batch away from an attempt that still holds it", async () => {
    const send = await createSnapshottedSend(pool, 3);
    const token = randomUUID();
    const claim = await ledger.claimBatch(send.sendId, 1, token);
    await store.transition(send.sendId, "cancelling");
    expect(await store.cancelRecipients(send.sendId, 10)).toBe(3);
    await expect(
      claim &&
        ledger.settle(send.context, claim.batch, token, [settlement(send.contactIds[0] ?? "", "sent")]),
    ).rejects.toMatchObject({ kind: "OwnershipLost" });
  });
});

describe("finishing", () => {
  test("counts the ledger, closes send and campaign, and may be repeated", async () => {
    const send = await createSnapshottedSend(pool, 3);
    await runBatch(ledger, send, 1, (id) =>
      id === send.contactIds[0]
        ? settlement(id, "unknown", { possibleDuplicate: true })
        : settlement(id, "sent"),
    );
    const totals = await store.finish(send.sendId, "completed");
    expect(totals).toMatchObject({ counts: { sent: 2, unknown: 1 }, possibleDuplicates: 1 });
    expect(await store.finish(send.sendId, "completed")).toEqual(totals);
    expect(await campaignStatus(send)).toBe("completed");
    expect(await sends.loadSend(send.tenantId, send.sendId)).toMatchObject({ status: "completed" });
  });

  test("is refused while a recipient is unsettled or the audience incomplete", async () => {
    const send = await createTestSend(pool, people(10));
    await store.snapshotPage(send.sendId, { contacts: 5, batchSize: 5 });
    await expect(store.finish(send.sendId, "completed")).rejects.toMatchObject({ kind: "Conflict" });
    await runBatch(ledger, send, 1, (id) => settlement(id, "sent"));
    await expect(store.finish(send.sendId, "completed")).rejects.toMatchObject({ kind: "Conflict" });
    await store.snapshotPage(send.sendId, { contacts: 20, batchSize: 5 });
    await expect(store.finish(send.sendId, "completed")).rejects.toMatchObject({ kind: "Conflict" });
    await runBatch(ledger, send, 2, (id) => settlement(id, "sent"));
    await store.finish(send.sendId, "completed");
  });

  test("leaves the campaign sending while another of its sends is open", async () => {
    const send = await createSnapshottedSend(pool, 1);
    const other = await sends.createSend({
      tenantId: send.tenantId,
      campaignId: send.campaignId,
      runKey: "second",
      sendId: randomUUID(),
      timeZone: "UTC",
    });
    await runBatch(ledger, send, 1, (id) => settlement(id, "sent"));
    await store.finish(send.sendId, "completed");
    expect(await campaignStatus(send)).toBe("sending");
    await store.transition(other.sendId, "cancelling");
    await store.finish(other.sendId, "cancelled");
    expect(await campaignStatus(send)).toBe("cancelled");
  });

  test("a cancel that comes last ends the send as cancelled; a pause that comes last holds nothing back", async () => {
    const cancelled = await createSnapshottedSend(pool, 1);
    await runBatch(ledger, cancelled, 1, (id) => settlement(id, "sent"));
    await store.transition(cancelled.sendId, "cancelling");
    await store.finish(cancelled.sendId, "completed");
    expect(await store.loadPlan(cancelled.sendId)).toMatchObject({ status: "cancelled" });

    const paused = await createSnapshottedSend(pool, 1);
    await runBatch(ledger, paused, 1, (id) => settlement(id, "sent"));
    await store.transition(paused.sendId, "paused");
    await store.finish(paused.sendId, "completed");
    expect(await store.loadPlan(paused.sendId)).toMatchObject({ status: "completed" });
  });
});
