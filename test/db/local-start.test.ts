import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { testDatabase } from "../setup/stack.js";
import { createTestSend, ledgerRows, people } from "./factories.js";

const { pool } = await testDatabase();
const store = createSendStore(pool);

describe("a send at local times", () => {
  test("groups batches by when they are due, with the send's time zone for contacts without a valid one", async () => {
    const send = await createTestSend(
      pool,
      [
        { email: "a@example.com", timeZone: "Asia/Tokyo" },
        { email: "b@example.com" },
        { email: "c@example.com", timeZone: "america/new_york" },
        { email: "d@example.com", timeZone: "Mars/Olympus" },
        { email: "e@example.com", timeZone: "Asia/Tokyo" },
        { email: "f@example.com", timeZone: "Asia/Tokyo" },
      ],
      { localStart: "2030-07-01T09:00", timeZone: "Europe/Berlin" },
    );
    const page = await store.snapshotPage(send.sendId, { contacts: 100, batchSize: 2 });
    const tokyo = Date.parse("2030-07-01T00:00:00Z");
    const berlin = Date.parse("2030-07-01T07:00:00Z");
    const newYork = Date.parse("2030-07-01T13:00:00Z");
    const groups = [
      { dueAtMs: tokyo, batchNos: [1, 2] },
      { dueAtMs: berlin, batchNos: [3] },
      { dueAtMs: newYork, batchNos: [4] },
    ];
    expect(page.groups).toEqual(groups);
    expect(await store.unfinishedBatches(send.sendId)).toEqual(groups);
    expect((await ledgerRows(pool, send.sendId)).map((row) => row.due_at?.getTime())).toEqual([
      tokyo,
      berlin,
      newYork,
      berlin,
      tokyo,
      tokyo,
    ]);

    const ledger = createLedger(pool);
    const claim = await ledger.claimBatch(send.sendId, 1, randomUUID());
    expect(claim?.batch).toMatchObject({
      recipients: 2,
      firstPosition: 0,
      dueAt: "2030-07-01T00:00:00.000Z",
    });
    const recipients = claim && (await ledger.loadRecipients(send.context, claim.batch));
    // Others lie between them by contact id, but are due later.
    expect(recipients?.map(({ email }) => email)).toEqual(["a@example.com", "e@example.com"]);
    expect(recipients?.map(({ position }) => position)).toEqual([0, 1]);
  });

  test("begins when the first time zone of the world begins", async () => {
    const send = await createTestSend(pool, people(1), { localStart: "2030-07-01T09:00", sending: false });
    expect(await store.loadPlan(send.sendId)).toMatchObject({
      localStart: true,
      startAtMs: Date.parse("2030-06-30T19:00:00Z"),
      status: "scheduled",
    });
  });
});
