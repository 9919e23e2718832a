import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ResolveUnknown } from "../../activities/campaign-ports.js";
import { createAnalyticsStore } from "../../db/analytics.js";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { testDatabase } from "../setup/stack.js";
import { createSnapshottedSend, ledgerRows, runBatch, settlement, type TestSend } from "./factories.js";

const { pool } = await testDatabase();
const ledger = createLedger(pool);
const store = createSendStore(pool);

/** Ten recipients in two batches, all sent but the first, the second and the last. */
async function createHeldSend() {
  const send = await createSnapshottedSend(pool, 10, 5);
  const [first = "", second = ""] = send.contactIds;
  const held = [first, second, send.contactIds[9] ?? ""];
  for (const batchNo of [1, 2]) {
    await runBatch(ledger, send, batchNo, (id) =>
      held.includes(id) ? unknown(id) : settlement(id, "sent", { attempts: 1 }),
    );
  }
  return { send, held, first, second };
}

function unknown(contactId: string) {
  return settlement(contactId, "unknown", {
    attempts: 2,
    reason: "no-reply-after-dot",
    possibleDuplicate: true,
  });
}

async function rowsOf(send: TestSend, contactIds: string[]) {
  return (await ledgerRows(pool, send.sendId)).filter(({ contact_id: id }) => contactIds.includes(id));
}

describe("resolving unknown recipients", () => {
  test("as sent takes the person's word: the time stays, figures follow, and asking again says the same", async () => {
    const { send, held, first } = await createHeldSend();
    const before = await rowsOf(send, held);
    const choice: ResolveUnknown = { as: "sent", contactIds: [first] };
    expect(await store.resolveUnknown(send.sendId, choice)).toBe(1);
    expect(await store.resolveUnknown(send.sendId, choice)).toBe(1);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 8, deferred: 0, failed: 2 });

    expect(await store.resolveUnknown(send.sendId, { as: "sent" })).toBe(3);
    expect(await store.resolveUnknown(send.sendId, { as: "sent" })).toBe(3);
    expect(await rowsOf(send, held)).toEqual(
      before.map((row) => ({ ...row, status: "sent", reason: "confirmed-by-person" })),
    );
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 10, deferred: 0, failed: 0 });
    // Somebody's word is not taken back by another's.
    expect(await store.resolveUnknown(send.sendId, { as: "resend" })).toBe(0);
  });

  test("to resend gives them a fresh round, flagged, and leaves the retry of the dead alone", async () => {
    const { send, held, first, second } = await createHeldSend();
    const choice: ResolveUnknown = { as: "resend", contactIds: [first, second] };
    expect(await store.resolveUnknown(send.sendId, choice)).toBe(2);
    expect(await store.resolveUnknown(send.sendId, choice)).toBe(2);
    expect(await store.reviveDead(send.sendId)).toBe(0);
    expect(await rowsOf(send, held)).toMatchObject([
      { status: "deferred", attempts: 0, possible_duplicate: true, reason: "resend-by-person" },
      { status: "deferred", attempts: 0, possible_duplicate: true },
      { status: "unknown", attempts: 2 },
    ]);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 7, deferred: 2, failed: 1 });

    await store.planRetryRound(send.sendId, 1);
    const round = await runBatch(ledger, send, 3, (id) =>
      id === first ? settlement(id, "sent") : unknown(id),
    );
    expect(round.contactIds).toEqual([first, second]);
    expect(await store.resolveUnknown(send.sendId, choice)).toBe(1);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 8, deferred: 1, failed: 1 });
    await store.planRetryRound(send.sendId, 2);
    await runBatch(ledger, send, 4, (id) => settlement(id, "sent"));
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 9, deferred: 0, failed: 1 });
    expect(await store.finish(send.sendId, "completed")).toMatchObject({
      counts: { sent: 9, unknown: 1 },
      possibleDuplicates: 3,
    });
  });

  test("of a batch that an attempt still holds are counted once", async () => {
    const send = await createSnapshottedSend(pool, 3);
    const [first = "", second = "", third = ""] = send.contactIds;
    const token = randomUUID();
    const claim = await ledger.claimBatch(send.sendId, 1, token);
    if (!claim) throw new Error("The batch is finished.");
    await ledger.settle(send.context, claim.batch, token, [unknown(first), unknown(second)]);
    expect(await store.resolveUnknown(send.sendId, { as: "sent", contactIds: [first] })).toBe(1);
    expect(await store.resolveUnknown(send.sendId, { as: "resend" })).toBe(1);
    await ledger.settle(send.context, claim.batch, token, [settlement(third, "sent")]);
    await ledger.releaseBatch(send.context, claim.batch, token);
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 2, deferred: 1, failed: 0 });
  });

  test("of a closed send sets its analytics right at once", async () => {
    const { send, first } = await createHeldSend();
    await store.finish(send.sendId, "completed");
    const load = () => createAnalyticsStore(pool).loadAnalytics(send.tenantId, send.sendId);
    expect(await load()).toMatchObject({ recipients: 10, sent: 7, unknown: 3 });
    await store.resolveUnknown(send.sendId, { as: "sent", contactIds: [first] });
    expect(await load()).toMatchObject({ recipients: 10, sent: 8, unknown: 2, possibleDuplicates: 3 });
    expect(await store.loadProgress(send.sendId)).toMatchObject({ sent: 8, failed: 2 });
    const counted = await store.finish(send.sendId, "completed");
    expect(counted.counts).toMatchObject({ sent: 8, unknown: 2 });
  });

  test("touches no other status and no other send", async () => {
    const { send } = await createHeldSend();
    const other = await createHeldSend();
    const strangers = [...other.send.contactIds, send.contactIds[4] ?? ""];
    const before = await ledgerRows(pool, send.sendId);
    for (const as of ["sent", "resend"] as const) {
      expect(await store.resolveUnknown(send.sendId, { as, contactIds: strangers })).toBe(0);
    }
    await store.resolveUnknown(other.send.sendId, { as: "resend" });
    expect(await ledgerRows(pool, send.sendId)).toEqual(before);
  });

  test.each(["sent", "resend"] as const)("as %s is refused for a cancelled send", async (as) => {
    const { send, held } = await createHeldSend();
    await store.transition(send.sendId, "cancelling");
    await expect(store.resolveUnknown(send.sendId, { as })).rejects.toMatchObject({ kind: "Conflict" });
    expect((await rowsOf(send, held)).every(({ status }) => status === "unknown")).toBe(true);
    await expect(store.resolveUnknown(randomUUID(), { as })).rejects.toMatchObject({ kind: "NotFound" });
  });
});
