import { randomUUID } from "node:crypto";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MockActivityEnvironment } from "@temporalio/testing";
import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { beforeAll, expect, test } from "vitest";
import type { CleanupStore } from "../../activities/recurring-ports.js";
import { createFileCleanupActivities, createMaintenanceActivities } from "../../activities/maintenance.js";
import { createConsistencyStore } from "../../db/consistency.js";
import { createCleanupStore } from "../../db/retention.js";
import { createSendStore } from "../../db/send-store.js";
import { defaultRetention } from "../../domain/retention.js";
import { createOrphanedFiles } from "../../runtime/orphaned-files.js";
import { createTestSend, people, type TestSend } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";
import { temporaryFolder } from "./folder.js";

let pool: pg.Pool;
let store: CleanupStore;

beforeAll(async () => {
  ({ pool } = await testDatabase());
  store = createCleanupStore(pool, defaultRetention);
});

function activities(cleanup: CleanupStore) {
  return createMaintenanceActivities({
    cleanup,
    consistency: createConsistencyStore(pool),
    work: { findIdle: () => Promise.resolve([]) },
    starter: { isRunning: () => Promise.resolve(true), start: () => Promise.resolve() },
    recordFindings: () => Promise.resolve(),
  });
}

/** In an activity's context, which heartbeats need. */
function inActivity<T>(work: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(work);
}

async function count(table: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]?.count ?? -1;
}

async function addEvents(events: number, age: string): Promise<void> {
  await pool.query(
    `insert into email_events (tenant_id, send_id, contact_id, kind, occurred_at)
     select 'acme', gen_random_uuid(), n, 'open', now() - $2::interval from generate_series(1, $1) n`,
    [events, age],
  );
}

test("killed between two small deletes, cleanup goes on with the rest and leaves what is recent", async () => {
  await addEvents(12_000, "500 days");
  await addEvents(100, "1 day");
  let pages = 0;
  const dying: CleanupStore = {
    ...store,
    deleteOld: async (table) => {
      pages += 1;
      if (pages === 2) throw new Error("The worker died.");
      return store.deleteOld(table);
    },
  };
  const clean = (cleanup: CleanupStore) =>
    inActivity(() => activities(cleanup).deleteOldRows({ table: "email_events" }));
  expect(await store.countOld("email_events")).toBe(12_000);
  await expect(clean(dying)).rejects.toThrow("The worker died.");
  expect(await count("email_events")).toBe(7_100);
  expect(await clean(store)).toEqual({ what: "email_events", rows: 7_000 });
  expect(await clean(store)).toEqual({ what: "email_events", rows: 0 });
  expect(await count("email_events")).toBe(100);
});

/** A send of a month long past, with its ledger in that month's partition. */
async function createOldSend(month: string, status: string): Promise<TestSend> {
  const send = await createTestSend(pool, people(3));
  await pool.query("select ensure_email_sends_partition($1)", [month]);
  await pool.query("update campaign_sends set send_month = $2 where send_id = $1", [send.sendId, month]);
  await createSendStore(pool).snapshotPage(send.sendId, { contacts: 10, batchSize: 10 });
  await pool.query("update email_sends set status = 'dead', settled_at = now() where send_id = $1", [
    send.sendId,
  ]);
  await pool.query(
    `insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts)
     select tenant_id, send_id, contact_id, 'temporary', 3 from email_sends where send_id = $1`,
    [send.sendId],
  );
  if (status !== "sending") await createSendStore(pool).finish(send.sendId, "completed");
  return send;
}

test("old partitions of the ledger are dropped whole, but none with an open send; counts stay", async () => {
  const ended = await createOldSend("2020-01-01", "completed");
  const open = await createOldSend("2020-02-01", "sending");
  const recent = await createTestSend(pool, people(2));
  const preview = await inActivity(() => activities(store).previewCleanup());
  expect(preview.map(({ what }) => what)).toEqual([
    "email_sends_2020_01",
    "email_sends_2020_02",
    ...store.tables(),
  ]);
  expect(await count(`email_sends where send_id = '${ended.sendId}'`)).toBe(3);

  const lines = await inActivity(() => activities(store).dropOldPartitions());
  expect(lines).toEqual([
    { what: "email_sends_2020_01", rows: 3 },
    expect.objectContaining({ what: "email_sends_2020_02", reason: "sends that have not ended: 1" }),
  ]);
  expect(await count(`email_sends where send_id = '${open.sendId}'`)).toBe(3);
  expect(await count(`dead_letters where send_id = '${ended.sendId}' and resolution = 'dismissed'`)).toBe(3);
  expect(await count(`dead_letters where send_id = '${open.sendId}' and resolved_at is null`)).toBe(3);
  expect(await count(`campaign_sends where send_id = '${recent.sendId}' and ledger_dropped_at is null`)).toBe(
    1,
  );

  // Repeated, as after a crash, it finds nothing; the batches follow in small deletes.
  expect(await store.dropPartition("email_sends_2020_01")).toBe(0);
  await expect(store.dropPartition("email_sends_2020_02")).rejects.toThrow("sends that have not ended: 1");
  expect(await store.deleteOld("campaign_send_batches")).toBe(1);

  // Whoever takes the send up again counts an empty ledger; what was counted before stays.
  await createSendStore(pool).finish(ended.sendId, "completed");
  expect(await count(`campaign_analytics where send_id = '${ended.sendId}' and dead = 3`)).toBe(1);
});

/** A finished group with one email, made so many days ago. */
async function addEmail(tenantId: string, days: number): Promise<string> {
  const msecs = Date.now() - days * 86_400_000;
  const id = uuidv7({ msecs });
  await pool.query(
    `insert into email_groups (group_id, tenant_id, lane, on_unknown, emails, recipients, created_at, finished_at)
     values ($1, $2, 'priority-high', 'resend', 1, 1, $3, $3)`,
    [id, tenantId, new Date(msecs)],
  );
  await pool.query(
    `insert into emails (email_id, group_id, tenant_id, subject, html, text, from_email, track_opens, track_clicks, bulk,
       on_missing_variable) values ($1, $1, $2, 'Hi', 'Hi', 'Hi', 'a@b.example', false, false, false, 'empty')`,
    [id, tenantId],
  );
  await pool.query(
    `insert into email_attachments (email_id, ordinal, filename, content) values ($1, 0, 'a.txt', 'x')`,
    [id],
  );
  await pool.query(
    `insert into email_recipients (group_id, position, email_id, tenant_id, kind, email, status)
     values ($1, 0, $1, $2, 'to', 'ann@example.com', 'dead')`,
    [id, tenantId],
  );
  await pool.query(
    `insert into dead_letters (tenant_id, email_id, email_position, reason, attempts) values ($1, $2, 0, 'x', 3)`,
    [tenantId, id],
  );
  return id;
}

test("old emails go with everything that hangs on them, and so do old imports and reports", async () => {
  const { tenantId } = await createTestSend(pool, people(1));
  const [old, recent] = [await addEmail(tenantId, 100), await addEmail(tenantId, 10)];
  const importId = randomUUID();
  await pool.query(
    `insert into lead_imports (import_id, tenant_id, file_url, mapping, status, finished_at)
     values ($1, $2, '/a.csv', '{}', 'completed', now() - interval '100 days')`,
    [importId, tenantId],
  );
  await pool.query(
    "insert into lead_import_refusals (import_id, line, reason, raw) select $1, n, 'x', 'x' from generate_series(1, 9) n",
    [importId],
  );
  await pool.query(
    `insert into queue_series (resolution, queue, kind, at)
     values ('minute', 'io', 'activity', now() - interval '4 days'), ('day', 'io', 'activity', now() - interval '4 days')`,
  );
  const gone = new Map<string, number>();
  for (const table of store.tables()) {
    expect(await store.countOld(table)).toBeGreaterThanOrEqual(0);
    const { rows } = await inActivity(() => activities(store).deleteOldRows({ table }));
    gone.set(table, rows);
    expect(await store.countOld(table)).toBe(0);
  }
  expect(Object.fromEntries(gone)).toMatchObject({
    emails: 1,
    lead_import_refusals: 9,
    lead_imports: 1,
    queue_series: 1,
  });
  expect(await count(`email_recipients where email_id = '${old}'`)).toBe(0);
  expect(await count(`email_attachments where email_id = '${old}'`)).toBe(0);
  expect(await count(`email_recipients where email_id = '${recent}'`)).toBe(1);
  expect(await count(`dead_letters where email_id = '${old}' and resolution = 'dismissed'`)).toBe(1);
});

test("files that nobody has written to and nobody is to read go; a dry run leaves them", async () => {
  const dataFolder = await temporaryFolder();
  const uploads = join(dataFolder, "uploads", "acme");
  await mkdir(uploads, { recursive: true });
  for (const name of ["old.csv", "to-be-read.csv", "new.csv"])
    await writeFile(join(uploads, name), "email\n");
  const monthAgo = new Date(Date.now() - 30 * 86_400_000);
  for (const name of ["old.csv", "to-be-read.csv"]) await utimes(join(uploads, name), monthAgo, monthAgo);
  const files = createFileCleanupActivities(
    createOrphanedFiles({
      dataFolder,
      days: 7,
      urlsInUse: () => Promise.resolve([pathToFileURL(join(uploads, "to-be-read.csv")).href]),
    }),
  );
  expect(await inActivity(() => files.removeOrphanedFiles({ dryRun: true }))).toEqual({
    what: "files",
    rows: 1,
  });
  expect(await readdir(uploads)).toHaveLength(3);
  expect(await inActivity(() => files.removeOrphanedFiles({ dryRun: false }))).toEqual({
    what: "files",
    rows: 1,
  });
  expect((await readdir(uploads)).sort()).toEqual(["new.csv", "to-be-read.csv"]);
});

test("old runs of graphs go with their jobs, but none that a later run has taken up; old notifications go", async () => {
  const [tenantId, graphId, resumed, later, old] = ["graphs-old", uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  await pool.query("insert into tenants (tenant_id, name) values ($1, $1)", [tenantId]);
  await pool.query(
    "insert into job_graphs (graph_id, tenant_id, name, version, definition) values ($1, $2, 'old', 1, '{}')",
    [graphId, tenantId],
  );
  const addRun = (runId: string, age: string, resumedFrom: string | null) =>
    pool.query(
      `with run as (
         insert into job_graph_runs (run_id, graph_id, tenant_id, run_key, status, finished_at, resumed_from)
         values ($1::uuid, $2, $3, $1::uuid::text, 'completed', now() - $4::interval, $5)
       )
       insert into job_graph_jobs (run_id, job, ordinal) values ($1::uuid, 'wait', 0)`,
      [runId, graphId, tenantId, age, resumedFrom],
    );
  await addRun(resumed, "100 days", null);
  await addRun(later, "1 day", resumed);
  await addRun(old, "100 days", null);
  await pool.query(
    `insert into notifications (tenant_id, kind, subject_id, title, text, created_at)
     values ($1, 'x', 'x', 'x', 'x', now() - interval '31 days'), ($1, 'x', 'x', 'x', 'x', now())`,
    [tenantId],
  );
  expect(await store.countOld("job_graph_runs")).toBe(1);
  for (const [table, rows] of [
    ["job_graph_runs", 1],
    ["notifications", 1],
  ] as const) {
    expect(await inActivity(() => activities(store).deleteOldRows({ table }))).toEqual({ what: table, rows });
  }
  expect(await count("job_graph_runs")).toBe(2);
  expect(await count("job_graph_jobs")).toBe(2);
  const { rows } = await pool.query("select from notifications where kind = 'x'");
  expect(rows).toHaveLength(1);
});
