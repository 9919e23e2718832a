import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BatchClaim } from "../../activities/delivery-ports.js";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { testDatabase } from "../setup/stack.js";
import {
  createSnapshottedSend,
  createTestSend,
  ledgerRows,
  runBatch,
  settlement,
  type TestSend,
} from "./factories.js";

const { pool } = await testDatabase();
const ledger = createLedger(pool);
const store = createSendStore(pool);

async function claim(send: TestSend, batchNo: number, token: string = randomUUID()): Promise<BatchClaim> {
  const claimed = await ledger.claimBatch(send.sendId, batchNo, token);
  if (!claimed) throw new Error("The batch is finished.");
  return claimed;
}

describe("claiming a batch", () => {
  test("tells a fresh batch from one that an attempt left behind", async () => {
    const send = await createSnapshottedSend(pool, 5);
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    expect(await claim(send, 1, first)).toMatchObject({
      previousToken: null,
      batch: { round: 0, firstPosition: 0, recipients: 5, dueAt: null },
    });
    const taken = await claim(send, 1, second);
    expect(taken.previousToken).toBe(first);
    await ledger.releaseBatch(send.context, taken.batch, second);
    expect((await claim(send, 1, third)).previousToken).toBeNull();
  });

  test("passes the batch from hand to hand when many claim it at once", async () => {
    const send = await createSnapshottedSend(pool, 5);
    const tokens = Array.from({ length: 8 }, () => randomUUID());
    const claims = await Promise.all(tokens.map((token) => claim(send, 1, token)));
    const before = claims.map(({ previousToken }) => previousToken);
    expect(before.filter((token) => token === null)).toHaveLength(1);
    // Each but the last owner was replaced by exactly one other.
    expect(new Set(before).size).toBe(8);
    const { rows } = await pool.query("select claims from campaign_send_batches where send_id = $1", [
      send.sendId,
    ]);
    expect(rows).toEqual([{ claims: 8 }]);
  });

  test("yields nothing for a finished batch and refuses one that never was", async () => {
    const send = await createSnapshottedSend(pool, 2);
    await runBatch(ledger, send, 1, (id) => settlement(id, "sent"));
    expect(await ledger.claimBatch(send.sendId, 1, randomUUID())).toBeNull();
    await expect(ledger.claimBatch(send.sendId, 2, randomUUID())).rejects.toMatchObject({ kind: "NotFound" });
  });
});

describe("loading a batch's recipients", () => {
  test("gives each its variables, with what is not known left out", async () => {
    const send = await createTestSend(pool, [
      { email: "ann@example.com", firstName: "Ann", attributes: { city: "Bonn", email: "not this" } },
      { email: "bob@sub.example.com" },
    ]);
    await store.snapshotPage(send.sendId, { contacts: 10, batchSize: 10 });
    const recipients = await ledger.loadRecipients(send.context, (await claim(send, 1)).batch);
    expect(recipients).toEqual([
      {
        contactId: send.contactIds[0],
        position: 0,
        email: "ann@example.com",
        domain: "example.com",
        status: "pending",
        attempts: 0,
        possibleDuplicate: false,
        suppressed: false,
        variables: { city: "Bonn", email: "ann@example.com", first_name: "Ann" },
      },
      expect.objectContaining({ domain: "sub.example.com", variables: { email: "bob@sub.example.com" } }),
    ]);
  });

  test("marks those suppressed since the snapshot, and contacts that are gone", async () => {
    const send = await createSnapshottedSend(pool, 6);
    const suppressions = createSuppressionStore(pool);
    const { tenantId } = send;
    await suppressions.addSuppression({ tenantId, kind: "address", value: "person-0@example.com" });
    await suppressions.addSuppression({ tenantId: "*", kind: "address", value: "person-1@example.com" });
    await pool.query("delete from contacts where contact_id = $1", [send.contactIds[2]]);
    const { batch } = await claim(send, 1);
    const suppressed = async (): Promise<boolean[]> =>
      (await ledger.loadRecipients(send.context, batch)).map((recipient) => recipient.suppressed);
    expect(await suppressed()).toEqual([true, true, true, false, false, false]);
    await suppressions.addSuppression({ tenantId, kind: "domain", value: "example.com" });
    expect(await suppressed()).toEqual([true, true, true, true, true, true]);
    await suppressions.removeSuppression({ tenantId: "*", kind: "address", value: "person-1@example.com" });
  });
});

describe("settling", () => {
  test("writes each outcome with its consequences", async () => {
    const send = await createSnapshottedSend(pool, 5);
    const [sent, deferred, bounced, dead, left] = send.contactIds as [string, string, string, string, string];
    const token = randomUUID();
    const { batch } = await claim(send, 1, token);
    await ledger.settle(send.context, batch, token, [
      settlement(sent, "sent", { possibleDuplicate: true }),
      settlement(deferred, "deferred", { reason: "greylisted", replyCode: 450, enhancedCode: "4.7.1" }),
      settlement(bounced, "bounced", { reason: "bad-address" }),
      settlement(dead, "dead", { reason: `said "no", {twice}`, attempts: 3 }),
    ]);
    expect(await ledgerRows(pool, send.sendId)).toMatchObject([
      { status: "sent", attempts: 1, reason: null, possible_duplicate: true },
      { status: "deferred", reason: "greylisted" },
      { status: "bounced", reason: "bad-address" },
      { status: "dead", reason: `said "no", {twice}`, attempts: 3 },
      { status: "pending", attempts: 0, settled_at: null },
    ]);
    const { rows: letters } = await pool.query(
      "select contact_id, attempts, tenant_id from dead_letters where send_id = $1",
      [send.sendId],
    );
    expect(letters).toEqual([{ contact_id: dead, attempts: 3, tenant_id: send.tenantId }]);
    const suppressions = createSuppressionStore(pool);
    expect(await suppressions.findSuppression(send.tenantId, "person-2@example.com")).toMatchObject({
      reason: "bounced",
      sendId: send.sendId,
    });
    expect(await suppressions.findSuppression(send.tenantId, "person-3@example.com")).toBeNull();
    expect(await ledger.releaseBatch(send.context, batch, token)).toEqual({
      sent: 1,
      deferred: 1,
      failed: 2,
      pending: 1,
    });
    expect(left).toBeDefined();
  });

  test("never changes a row twice: a repeat after a lost reply finds nothing to do", async () => {
    const send = await createSnapshottedSend(pool, 2);
    const [first, second] = send.contactIds as [string, string];
    const token = randomUUID();
    const { batch } = await claim(send, 1, token);
    await ledger.settle(send.context, batch, token, [settlement(first, "sent")]);
    await ledger.settle(send.context, batch, token, [settlement(first, "dead"), settlement(second, "sent")]);
    expect((await ledgerRows(pool, send.sendId)).map((row) => row.status)).toEqual(["sent", "sent"]);
    const { rowCount } = await pool.query("select 1 from dead_letters where send_id = $1", [send.sendId]);
    expect(rowCount).toBe(0);
  });

  test("keeps to the batch's own recipients", async () => {
    const send = await createSnapshottedSend(pool, 20, 10);
    const token = randomUUID();
    const { batch } = await claim(send, 1, token);
    await ledger.settle(
      send.context,
      batch,
      token,
      send.contactIds.map((id) => settlement(id, "sent")),
    );
    const statuses = (await ledgerRows(pool, send.sendId)).map((row) => row.status);
    expect(statuses.filter((status) => status === "sent")).toHaveLength(10);
    expect(statuses.slice(10).every((status) => status === "pending")).toBe(true);
  });

  test("is refused to an attempt that was replaced, and to one that has released the batch", async () => {
    const send = await createSnapshottedSend(pool, 2);
    const [old, present] = [randomUUID(), randomUUID()];
    const { batch } = await claim(send, 1, old);
    await claim(send, 1, present);
    const settlements = send.contactIds.map((id) => settlement(id, "sent"));
    await expect(ledger.settle(send.context, batch, old, settlements)).rejects.toMatchObject({
      kind: "OwnershipLost",
    });
    await expect(ledger.releaseBatch(send.context, batch, old)).rejects.toMatchObject({
      kind: "OwnershipLost",
    });
    await ledger.releaseBatch(send.context, batch, present);
    await expect(ledger.settle(send.context, batch, present, settlements)).rejects.toMatchObject({
      kind: "OwnershipLost",
    });
    expect((await ledgerRows(pool, send.sendId)).every((row) => row.status === "pending")).toBe(true);
  });

  test("waits for a takeover in progress instead of slipping past it", async () => {
    const send = await createSnapshottedSend(pool, 2);
    const [old, present] = [randomUUID(), randomUUID()];
    const { batch } = await claim(send, 1, old);
    const client = await pool.connect();
    await client.query("begin");
    await client.query("update campaign_send_batches set owner_token = $2 where send_id = $1", [
      send.sendId,
      present,
    ]);
    const settled = ledger.settle(send.context, batch, old, [settlement(send.contactIds[0] ?? "", "sent")]);
    const refused = expect(settled).rejects.toMatchObject({ kind: "OwnershipLost" });
    await client.query("commit");
    client.release();
    await refused;
  });

  test("as pending is refused", async () => {
    const send = await createSnapshottedSend(pool, 1);
    const token = randomUUID();
    const { batch } = await claim(send, 1, token);
    await expect(
      ledger.settle(send.context, batch, token, [settlement(send.contactIds[0] ?? "", "pending")]),
    ).rejects.toMatchObject({ kind: "InvalidInput" });
  });
});

test("possible duplicates are flagged only where nothing is settled yet, and stay flagged", async () => {
  const send = await createSnapshottedSend(pool, 3);
  const [first, second, third] = send.contactIds as [string, string, string];
  const token = randomUUID();
  const { batch } = await claim(send, 1, token);
  await ledger.settle(send.context, batch, token, [settlement(first, "sent")]);
  expect((await ledger.markPossibleDuplicates(send.context, [first, second])).sort()).toEqual([second]);
  await ledger.settle(send.context, batch, token, [settlement(second, "sent"), settlement(third, "sent")]);
  expect((await ledgerRows(pool, send.sendId)).map((row) => row.possible_duplicate)).toEqual([
    false,
    true,
    false,
  ]);
});

test("the first release with a sent mail tells when that was, and later ones leave it", async () => {
  const send = await createSnapshottedSend(pool, 20, 10);
  const firstSentAt = async (): Promise<Date | null> => {
    const { rows } = await pool.query<{ first_sent_at: Date | null }>(
      "select first_sent_at from campaign_sends where send_id = $1",
      [send.sendId],
    );
    return rows[0]?.first_sent_at ?? null;
  };
  await runBatch(ledger, send, 1, () => null);
  expect(await firstSentAt()).toBeNull();
  await runBatch(ledger, send, 1, (id) => settlement(id, "sent"));
  const first = await firstSentAt();
  expect(first).toBeInstanceOf(Date);
  await runBatch(ledger, send, 2, (id) => settlement(id, "sent"));
  expect(await firstSentAt()).toEqual(first);
});
