import { beforeAll, describe, expect, it } from "vitest";
import { createSequenceReports } from "../../db/sequence-progress.js";
import { createSequenceStore } from "../../db/sequence-store.js";
import { createSequenceCatalog } from "../../db/sequences.js";
import { createList, createTenant, people } from "../db/factories.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const nowMs = Date.UTC(2026, 10, 2, 12);

/** A running sequence whose contacts are enrolled and due. */
async function createDue(contacts: number) {
  const { pool } = database;
  const tenantId = await createTenant(pool);
  const { listId, contactIds } = await createList(pool, tenantId, people(contacts));
  await pool.query(
    "insert into templates (template_id, tenant_id, name, latest_version) values ($1, $2, 'hello', 1)",
    [listId, tenantId],
  );
  await pool.query(
    `insert into template_versions (template_version_id, template_id, tenant_id, version, subject, html, text)
     values (gen_random_uuid(), $1, $2, 1, 'Hello', '<p>Hello</p>', 'Hello')`,
    [listId, tenantId],
  );
  const catalog = createSequenceCatalog(pool);
  const { sequenceId } = await catalog.createSequence({
    ...{ tenantId, name: "Welcome", list: listId, fromEmail: "news@example.com" },
    steps: [{ template: "hello", delay: { days: 0, minutes: 0 }, conditions: [] }],
    rules: {
      exits: { replied: true, unsubscribed: true, bounced: true, contact: null },
      hours: null,
      timeZone: "UTC",
      lateAfterMinutes: 60,
      onLate: "skip",
    },
  });
  await catalog.beginSequence(tenantId, sequenceId);
  await catalog.beginSequence(tenantId, sequenceId);
  const store = createSequenceStore(pool, () => undefined);
  while ((await store.enrollContacts(sequenceId, nowMs)).more);
  return { tenantId, sequenceId, contactIds, store };
}

async function ledger(sequenceId: string) {
  const { rows } = await database.pool.query<{ send_id: string; contact_id: string; position: number }>(
    `select r.send_id, r.contact_id, r.position from email_sends r
     join campaign_sends s on s.send_id = r.send_id where s.campaign_id = $1 order by r.position`,
    [sequenceId],
  );
  return rows;
}

describe("a wave", () => {
  it("of several pages is one send, whose batches are ranges that do not meet", async () => {
    const { sequenceId, contactIds, store } = await createDue(5_100);
    expect(await store.takeDueContacts(sequenceId, nowMs)).toEqual({ more: true, contacts: 5_000 });
    expect(await store.openSequenceSends(sequenceId)).toEqual([]);
    expect(await store.takeDueContacts(sequenceId, nowMs + 60_000)).toEqual({ more: false, contacts: 100 });
    const sends = await store.openSequenceSends(sequenceId);
    expect(sends).toHaveLength(1);
    const rows = await ledger(sequenceId);
    expect(rows.map((row) => row.contact_id)).toEqual(contactIds);
    expect(rows.map((row) => row.position)).toEqual(contactIds.map((_, index) => index));
    const { rows: batches } = await database.pool.query<{ from: string; to: string; recipients: number }>(
      `select from_contact as "from", to_contact as "to", recipients from campaign_send_batches
       where send_id = $1 order by batch_no`,
      [sends[0]],
    );
    expect(batches.map((batch) => batch.recipients)).toEqual([2_000, 2_000, 1_000, 100]);
    batches.forEach((batch, index) => {
      if (index > 0) expect(Number(batch.from)).toBeGreaterThan(Number(batches[index - 1]?.to));
    });
  });

  it("whose second page comes after an outage skips there what is late by then", async () => {
    const { tenantId, sequenceId, store } = await createDue(5_100);
    await store.takeDueContacts(sequenceId, nowMs);
    expect(await store.takeDueContacts(sequenceId, nowMs + 3 * 3_600_000)).toEqual({
      more: false,
      contacts: 100,
    });
    const reports = createSequenceReports(database.pool);
    const { steps } = await reports.loadProgress({ tenantId, sequenceId, steps: 1 });
    expect(steps).toMatchObject([{ sent: 5_000, skippedAsLate: 100, waiting: 0 }]);
  });

  it("that is asked for again after a lost reply takes nobody a second time", async () => {
    const { sequenceId, store } = await createDue(10);
    await Promise.all([1, 2, 3].map(() => store.takeDueContacts(sequenceId, nowMs)));
    expect(await ledger(sequenceId)).toHaveLength(10);
    expect(await store.loadOutlook(sequenceId)).toEqual({ nextDueAtMs: null, enrolling: false });
  });

  it("leaves those out who have unsubscribed since", async () => {
    const { tenantId, sequenceId, store } = await createDue(3);
    await database.pool.query(
      `insert into suppressions (tenant_id, kind, value, reason) values ($1, 'address', 'person-1@example.com', 'unsubscribed')`,
      [tenantId],
    );
    await store.takeDueContacts(sequenceId, nowMs);
    expect(await ledger(sequenceId)).toHaveLength(2);
    const { rows } = await database.pool.query(
      "select exit_reason from sequence_enrollments where campaign_id = $1 and status = 'exited'",
      [sequenceId],
    );
    expect(rows).toEqual([{ exit_reason: "unsubscribed" }]);
  });

  it("half taken when the sequence is cancelled lets its send end", async () => {
    const { sequenceId, store } = await createDue(5_100);
    await store.takeDueContacts(sequenceId, nowMs);
    await store.moveSequence(sequenceId, "cancelled");
    await store.cancelEnrollments(sequenceId);
    expect(await store.openSequenceSends(sequenceId)).toHaveLength(1);
    expect(await store.takeDueContacts(sequenceId, nowMs)).toEqual({ more: false, contacts: 0 });
  });
});
