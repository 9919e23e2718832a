import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createDeadLetterStore } from "../../db/dead-letters.js";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { testDatabase } from "../setup/stack.js";
import { createSnapshottedSend, ledgerRows, runBatch, settlement } from "./factories.js";

const { pool } = await testDatabase();
const ledger = createLedger(pool);
const store = createSendStore(pool);

describe("retry rounds", () => {
  test("take what was deferred before they were planned, once", async () => {
    const send = await createSnapshottedSend(pool, 20, 10);
    const deferred = new Set([send.contactIds[1], send.contactIds[4], send.contactIds[15]]);
    for (const batchNo of [1, 2]) {
      await runBatch(ledger, send, batchNo, (id) => settlement(id, deferred.has(id) ? "deferred" : "sent"));
    }
    const plans = await Promise.all([1, 1, 1].map((round) => store.planRetryRound(send.sendId, round)));
    expect(plans).toEqual(Array(3).fill([{ dueAtMs: null, batchNos: [3] }]));
    expect(await store.loadPlan(send.sendId)).toMatchObject({ retryRound: 1 });

    const first = await runBatch(ledger, send, 3, (id) =>
      id === send.contactIds[4]
        ? settlement(id, "deferred", { attempts: 2 })
        : settlement(id, "sent", { attempts: 2 }),
    );
    expect(first.contactIds).toEqual([...deferred]);
    expect(first.batch).toMatchObject({ round: 1, recipients: 3, firstPosition: 1 });
    // What the round deferred again is not its own any more.
    expect(await store.planRetryRound(send.sendId, 1)).toEqual([]);
    expect(await ledger.claimBatch(send.sendId, 3, randomUUID())).toBeNull();

    expect(await store.planRetryRound(send.sendId, 2)).toEqual([{ dueAtMs: null, batchNos: [4] }]);
    const second = await runBatch(ledger, send, 4, (id) => settlement(id, "dead", { attempts: 3 }));
    expect(second.contactIds).toEqual([send.contactIds[4]]);
    expect(await store.planRetryRound(send.sendId, 3)).toEqual([]);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 19, deferred: 0, failed: 1 });
  });

  test("go on with what an attempt left when it was taken over", async () => {
    const send = await createSnapshottedSend(pool, 4);
    await runBatch(ledger, send, 1, (id) => settlement(id, "deferred"));
    await store.planRetryRound(send.sendId, 1);
    const [lost, present] = [randomUUID(), randomUUID()];
    const claim = await ledger.claimBatch(send.sendId, 2, lost);
    if (!claim) throw new Error("The batch is finished.");
    await ledger.settle(send.context, claim.batch, lost, [
      settlement(send.contactIds[0] ?? "", "sent", { attempts: 2 }),
    ]);
    expect((await ledger.claimBatch(send.sendId, 2, present))?.previousToken).toBe(lost);
    const left = await ledger.loadRecipients(send.context, claim.batch);
    expect(left.map(({ contactId }) => contactId)).toEqual(send.contactIds.slice(1));
    expect(await ledger.releaseBatch(send.context, claim.batch, present)).toEqual({
      sent: 1,
      deferred: 0,
      failed: 0,
      pending: 3,
    });
  });

  test("cut many recipients into batches of two thousand at most", async () => {
    const send = await createSnapshottedSend(pool, 2_100, 250);
    const [first] = await store.unfinishedBatches(send.sendId);
    for (const batchNo of first?.batchNos ?? [])
      await runBatch(ledger, send, batchNo, (id) => settlement(id, "deferred"));
    expect(await store.planRetryRound(send.sendId, 1)).toEqual([{ dueAtMs: null, batchNos: [10, 11] }]);
  });
});

describe("reviving the dead", () => {
  test("gives them a fresh round and resolves their dead letters", async () => {
    const send = await createSnapshottedSend(pool, 4);
    const [first, second] = send.contactIds;
    await runBatch(ledger, send, 1, (id) =>
      settlement(id, id === first || id === second ? "dead" : "sent", { attempts: 3 }),
    );
    await store.finish(send.sendId, "completed");
    const letters = createDeadLetterStore(pool);
    expect(await letters.listDeadLetters(send.tenantId, { filter: {}, limit: 10 })).toHaveLength(2);

    expect(await store.reviveDead(send.sendId)).toBe(2);
    // As a caller whose first reply was lost asks.
    expect(await store.reviveDead(send.sendId)).toBe(2);
    expect(await letters.listDeadLetters(send.tenantId, { filter: {}, limit: 10 })).toEqual([]);
    expect(await store.transition(send.sendId, "sending")).toBe("sending");
    const { rows } = await pool.query("select status from campaigns where campaign_id = $1", [
      send.campaignId,
    ]);
    expect(rows).toEqual([{ status: "sending" }]);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 2, deferred: 2, failed: 0 });
    expect(await ledgerRows(pool, send.sendId)).toMatchObject([
      { status: "deferred", attempts: 0 },
      {},
      {},
      {},
    ]);

    expect(await store.planRetryRound(send.sendId, 1)).toEqual([{ dueAtMs: null, batchNos: [2] }]);
    await runBatch(ledger, send, 2, (id) => settlement(id, id === first ? "sent" : "dead"));
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 3, deferred: 0, failed: 1 });
    expect(await letters.listDeadLetters(send.tenantId, { filter: {}, limit: 10 })).toMatchObject([
      { contactId: second },
    ]);
    expect(await store.finish(send.sendId, "completed")).toMatchObject({ counts: { sent: 3, dead: 1 } });
  });

  test("leaves them to the next round while one runs", async () => {
    const send = await createSnapshottedSend(pool, 3);
    const [first, second, third] = send.contactIds;
    await runBatch(ledger, send, 1, (id) => settlement(id, id === second ? "dead" : "deferred"));
    await store.planRetryRound(send.sendId, 1);
    expect(await store.reviveDead(send.sendId)).toBe(1);
    const running = await runBatch(ledger, send, 2, (id) => settlement(id, "sent", { attempts: 2 }));
    expect(running.contactIds).toEqual([first, third]);
    await store.planRetryRound(send.sendId, 2);
    expect((await runBatch(ledger, send, 3, (id) => settlement(id, "sent"))).contactIds).toEqual([second]);
  });

  test("is refused for a cancelled send", async () => {
    const send = await createSnapshottedSend(pool, 2);
    await runBatch(ledger, send, 1, (id) => settlement(id, "dead"));
    await store.transition(send.sendId, "cancelling");
    await expect(store.reviveDead(send.sendId)).rejects.toMatchObject({ kind: "Conflict" });
    expect((await ledgerRows(pool, send.sendId)).every((row) => row.status === "dead")).toBe(true);
  });
});
