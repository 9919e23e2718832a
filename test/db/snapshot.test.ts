import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSendStore } from "../../db/send-store.js";
import { createSends } from "../../db/sends.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { testDatabase } from "../setup/stack.js";
import {
  createCampaign,
  createList,
  createSegment,
  createTenant,
  createTestSend,
  ledgerRows,
  people,
} from "./factories.js";

const { pool } = await testDatabase();
const store = createSendStore(pool);
const suppressions = createSuppressionStore(pool);

async function snapshotAll(sendId: string, page = { contacts: 100, batchSize: 10 }) {
  const pages = [];
  do pages.push(await store.snapshotPage(sendId, page));
  while (!pages.at(-1)?.done);
  return pages;
}

describe("a page of the snapshot", () => {
  test("takes the audience by contact id into the ledger and cuts it into batches", async () => {
    const send = await createTestSend(pool, people(25));
    const first = await store.snapshotPage(send.sendId, { contacts: 20, batchSize: 8 });
    expect(first).toEqual({ recipients: 20, done: false, groups: [{ dueAtMs: null, batchNos: [1, 2, 3] }] });
    const second = await store.snapshotPage(send.sendId, { contacts: 20, batchSize: 8 });
    expect(second).toEqual({ recipients: 5, done: true, groups: [{ dueAtMs: null, batchNos: [4] }] });

    const rows = await ledgerRows(pool, send.sendId);
    expect(rows.map((row) => row.contact_id)).toEqual(send.contactIds);
    expect(rows.map((row) => row.position)).toEqual([...Array(25).keys()]);
    expect(rows.every((row) => row.status === "pending")).toBe(true);
    expect(await store.unfinishedBatches(send.sendId)).toEqual([{ dueAtMs: null, batchNos: [1, 2, 3, 4] }]);
    expect(await store.loadPlan(send.sendId)).toMatchObject({ snapshotDone: true, campaignName: "Spring" });
  });

  test("goes on behind a page whose reply was lost, and changes nothing once the audience is complete", async () => {
    const send = await createTestSend(pool, people(30));
    await store.snapshotPage(send.sendId, { contacts: 20, batchSize: 10 });
    await snapshotAll(send.sendId, { contacts: 20, batchSize: 10 });
    expect(await store.snapshotPage(send.sendId, { contacts: 20, batchSize: 10 })).toEqual({
      recipients: 0,
      done: true,
      groups: [],
    });
    expect(await ledgerRows(pool, send.sendId)).toHaveLength(30);
    expect(await store.unfinishedBatches(send.sendId)).toEqual([{ dueAtMs: null, batchNos: [1, 2, 3] }]);
  });

  test("takes each contact once when several callers ask at the same time", async () => {
    const send = await createTestSend(pool, people(95));
    const pages = await Promise.all(
      Array.from({ length: 6 }, () => store.snapshotPage(send.sendId, { contacts: 20, batchSize: 10 })),
    );
    expect(pages.reduce((sum, page) => sum + page.recipients, 0)).toBe(95);
    const batchNos = pages.flatMap((page) => page.groups.flatMap((group) => group.batchNos));
    expect(batchNos.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const rows = await ledgerRows(pool, send.sendId);
    expect(rows.map((row) => row.position)).toEqual([...Array(95).keys()]);
  });

  test("leaves nothing behind when its transaction dies", async () => {
    const send = await createTestSend(pool, people(10));
    // Whoever holds the row makes the page wait; its backend is then ended in the middle of its transaction.
    const holder = await pool.connect();
    await holder.query("begin");
    await holder.query("select 1 from campaign_sends where send_id = $1 for update", [send.sendId]);
    const page = store.snapshotPage(send.sendId, { contacts: 10, batchSize: 5 });
    const failed = expect(page).rejects.toThrow();
    let ended = 0;
    while (ended === 0) {
      const { rowCount } = await holder.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
      );
      ended = rowCount ?? 0;
    }
    await failed;
    await holder.query("rollback");
    holder.release();
    expect(await ledgerRows(pool, send.sendId)).toHaveLength(0);
    expect((await snapshotAll(send.sendId))[0]).toMatchObject({ recipients: 10, done: true });
  });

  test("follows a segment's filter, of its own tenant only", async () => {
    const tenantId = await createTenant(pool);
    const { contactIds } = await createList(pool, tenantId, [
      { email: "a@example.com", attributes: { plan: "pro" } },
      { email: "b@example.com", attributes: { plan: "free" } },
      { email: "c@example.com", attributes: { plan: "pro" } },
    ]);
    await createList(pool, await createTenant(pool), [
      { email: "d@example.com", attributes: { plan: "pro" } },
    ]);
    const segmentId = await createSegment(pool, tenantId, {
      field: "attributes.plan",
      op: "eq",
      value: "pro",
    });
    const campaignId = await createCampaign(pool, tenantId, { segmentId });
    const sendId = randomUUID();
    await createSends(pool).createSend({ tenantId, campaignId, sendId, timeZone: "UTC" });
    await snapshotAll(sendId, { contacts: 1, batchSize: 10 });
    expect((await ledgerRows(pool, sendId)).map((row) => row.contact_id)).toEqual([
      contactIds[0],
      contactIds[2],
    ]);
  });

  test("takes nothing once the send is being cancelled", async () => {
    const send = await createTestSend(pool, people(10));
    await store.transition(send.sendId, "cancelling");
    expect(await store.snapshotPage(send.sendId, { contacts: 5, batchSize: 5 })).toMatchObject({
      recipients: 0,
      done: true,
    });
    expect(await ledgerRows(pool, send.sendId)).toHaveLength(0);
  });

  test("of an empty audience is done at once", async () => {
    const send = await createTestSend(pool, []);
    expect(await store.snapshotPage(send.sendId, { contacts: 5, batchSize: 5 })).toEqual({
      recipients: 0,
      done: true,
      groups: [],
    });
  });

  test("of an unknown send is refused", async () => {
    await expect(store.snapshotPage(randomUUID(), { contacts: 5, batchSize: 5 })).rejects.toMatchObject({
      kind: "NotFound",
    });
  });
});

describe("suppression at the snapshot", () => {
  test("settles addresses and domains that the tenant or everybody must not write to", async () => {
    const tenantId = await createTenant(pool);
    const otherTenant = await createTenant(pool);
    const run = randomUUID().slice(0, 8);
    await suppressions.addSuppression({
      tenantId,
      kind: "address",
      value: `own@${run}.example`,
      reason: "unsubscribed",
    });
    await suppressions.addSuppression({ tenantId, kind: "domain", value: `${run}.example.net` });
    await suppressions.addSuppression({
      tenantId: "*",
      kind: "address",
      value: `all@${run}.example`,
      reason: "complained",
    });
    await suppressions.addSuppression({ tenantId: "*", kind: "domain", value: `${run}.example.org` });
    await suppressions.addSuppression({
      tenantId: otherTenant,
      kind: "address",
      value: `other@${run}.example`,
    });
    const send = await createTestSend(
      pool,
      [
        `own@${run}.example`,
        `x@${run}.example.net`,
        `all@${run}.example`,
        `y@${run}.example.org`,
        `other@${run}.example`,
      ].map((email) => ({ email })),
      { tenantId },
    );
    await snapshotAll(send.sendId);
    const rows = await ledgerRows(pool, send.sendId);
    expect(rows.map((row) => row.status)).toEqual([
      "suppressed",
      "suppressed",
      "suppressed",
      "suppressed",
      "pending",
    ]);
    expect(rows.map((row) => row.reason)).toEqual([
      "suppressed: unsubscribed",
      "suppressed: manual",
      "suppressed: complained",
      "suppressed: manual",
      null,
    ]);
    expect(rows[0]?.settled_at).toBeInstanceOf(Date);
  });

  test("makes no work of a batch that holds suppressed recipients only", async () => {
    const tenantId = await createTenant(pool);
    await suppressions.addSuppression({ tenantId, kind: "domain", value: "example.com" });
    const send = await createTestSend(pool, people(4), { tenantId });
    const [page] = await snapshotAll(send.sendId);
    expect(page).toEqual({ recipients: 4, done: true, groups: [] });
    expect(await store.loadProgress(send.sendId)).toMatchObject({ recipients: 4, failed: 4, sent: 0 });
    expect(await store.finish(send.sendId, "completed")).toMatchObject({ counts: { suppressed: 4 } });
  });
});
