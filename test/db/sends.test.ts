import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createLedger } from "../../db/ledger.js";
import { createSendStore } from "../../db/send-store.js";
import { createSends, type NewSend } from "../../db/sends.js";
import { testDatabase } from "../setup/stack.js";
import {
  createCampaign,
  createList,
  createTenant,
  createTestSend,
  people,
  runBatch,
  settlement,
} from "./factories.js";

const { pool } = await testDatabase();
const sends = createSends(pool);
const store = createSendStore(pool);

async function newSend(): Promise<NewSend> {
  const tenantId = await createTenant(pool);
  const { listId } = await createList(pool, tenantId, people(1));
  const campaignId = await createCampaign(pool, tenantId, { listId });
  return { tenantId, campaignId, sendId: randomUUID(), timeZone: "Europe/Berlin" };
}

describe("creating a send", () => {
  test("twice with one run key, also at once, is the same send", async () => {
    const send = await newSend();
    const starts = await Promise.all(
      Array.from({ length: 5 }, () => sends.createSend({ ...send, sendId: randomUUID() })),
    );
    expect(new Set(starts.map(({ sendId }) => sendId)).size).toBe(1);
    expect(starts.filter(({ created }) => created)).toHaveLength(1);
    const next = await sends.createSend({ ...send, runKey: "again" });
    expect(next).toEqual({ sendId: send.sendId, created: true });
    const { rows } = await pool.query("select status from campaigns where campaign_id = $1", [
      send.campaignId,
    ]);
    expect(rows).toEqual([{ status: "sending" }]);
  });

  test("makes the month's partition of the ledger, also when several are the first", async () => {
    const { rows } = await pool.query<{ name: string }>(
      "select 'email_sends_' || to_char(now() at time zone 'utc', 'YYYY_MM') as name",
    );
    await pool.query(`drop table if exists ${rows[0]?.name}`);
    const several = await Promise.all(Array.from({ length: 4 }, newSend));
    const created = await Promise.all(several.map((send) => sends.createSend(send)));
    expect(created.every((send) => send.created)).toBe(true);
  });

  test("names each field that is wrong, and makes nothing", async () => {
    const send = await newSend();
    const wrong = sends.createSend({
      ...send,
      timeZone: "Mars/Olympus",
      localStart: "2026-02-30T09:00",
      perSecond: 0,
    });
    await expect(wrong).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field: "timeZone" }, { field: "localStart" }, { field: "perSecond" }],
    });
    await expect(
      sends.createSend({ ...send, scheduledAt: new Date(), localStart: "2026-12-01T09:00" }),
    ).rejects.toMatchObject({ problems: [{ field: "localStart" }] });
    expect(await sends.listSends(send.tenantId, { limit: 10 })).toEqual([]);
  });

  test("of another tenant's campaign is refused, and so is an id that is taken", async () => {
    const send = await newSend();
    const stranger = await newSend();
    await expect(sends.createSend({ ...send, tenantId: stranger.tenantId })).rejects.toMatchObject({
      kind: "NotFound",
    });
    await sends.createSend(send);
    await expect(sends.createSend({ ...stranger, sendId: send.sendId })).rejects.toMatchObject({
      kind: "Conflict",
    });
  });

  test("keeps its scheduled start", async () => {
    const send = await newSend();
    const scheduledAt = new Date("2030-01-02T03:04:05.678Z");
    await sends.createSend({ ...send, scheduledAt });
    expect(await store.loadPlan(send.sendId)).toMatchObject({
      startAtMs: scheduledAt.getTime(),
      localStart: false,
    });
    expect(await sends.loadSend(send.tenantId, send.sendId)).toMatchObject({
      scheduledAt,
      status: "scheduled",
    });
  });
});

test("sends are listed newest first, by pages, to their own tenant", async () => {
  const send = await newSend();
  const ids: string[] = [];
  for (const runKey of ["a", "b", "c", "d", "e"]) {
    ids.unshift((await sends.createSend({ ...send, sendId: randomUUID(), runKey })).sendId);
  }
  const first = await sends.listSends(send.tenantId, { limit: 3 });
  const rest = await sends.listSends(send.tenantId, { limit: 3, before: first.at(-1)?.sendId });
  expect([...first, ...rest].map(({ sendId }) => sendId)).toEqual(ids);
  expect(await sends.listSends(await createTenant(pool), { limit: 3 })).toEqual([]);
  expect(await sends.listSends(send.tenantId, { campaignId: randomUUID(), limit: 3 })).toEqual([]);
});

test("the summary counts the ledger and says when all are accounted for", async () => {
  const send = await createTestSend(pool, people(4));
  await store.snapshotPage(send.sendId, { contacts: 10, batchSize: 2 });
  const ledger = createLedger(pool);
  await runBatch(ledger, send, 1, (id) => settlement(id, "sent", { possibleDuplicate: true }));
  expect(await sends.loadSummary(send.tenantId, send.sendId)).toMatchObject({
    counts: { sent: 2, pending: 2 },
    possibleDuplicates: 2,
    accountedFor: false,
    recipients: 4,
  });
  await runBatch(ledger, send, 2, (id) => settlement(id, "bounced"));
  expect(await sends.loadSummary(send.tenantId, send.sendId)).toMatchObject({ accountedFor: true });
  await expect(sends.loadSummary("another", send.sendId)).rejects.toMatchObject({ kind: "NotFound" });
});

test("recipients are listed by pages and status, and a contact's mails across sends", async () => {
  const send = await createTestSend(pool, people(5));
  await store.snapshotPage(send.sendId, { contacts: 10, batchSize: 10 });
  const dead = [send.contactIds[1], send.contactIds[3]];
  await runBatch(createLedger(pool), send, 1, (id) => settlement(id, dead.includes(id) ? "dead" : "sent"));
  const list = async (page: { status?: "dead"; after?: string }) =>
    (await sends.listRecipients(send.tenantId, send.sendId, { ...page, limit: 2 })).map(
      ({ contactId }) => contactId,
    );
  expect(await list({})).toEqual(send.contactIds.slice(0, 2));
  expect(await list({ after: send.contactIds[1] })).toEqual(send.contactIds.slice(2, 4));
  expect(await list({ status: "dead" })).toEqual(dead);
  await expect(sends.listRecipients("another", send.sendId, { limit: 2 })).rejects.toMatchObject({
    kind: "NotFound",
  });

  const { sendId: second } = await sends.createSend({
    tenantId: send.tenantId,
    campaignId: send.campaignId,
    runKey: "second",
    sendId: randomUUID(),
    timeZone: "UTC",
  });
  await store.snapshotPage(second, { contacts: 10, batchSize: 10 });
  const received = await sends.listReceived(send.tenantId, send.contactIds[1] ?? "", 10);
  expect(received).toMatchObject([
    { sendId: second, status: "pending", campaignName: "Spring" },
    { sendId: send.sendId, status: "dead", reason: "temporary" },
  ]);
  expect(await sends.listReceived("another", send.contactIds[1] ?? "", 10)).toEqual([]);
});
