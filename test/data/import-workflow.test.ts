import { writeFile } from "node:fs/promises";
import { Client, Connection, type WorkflowHandle } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import {
  createImportContactsActivities,
  createImportSteeringActivities,
} from "../../activities/import-contacts.js";
import type { ImportChunk, ImportProgress, ImportStore } from "../../activities/import-ports.js";
import { createImportWorkflow } from "../../client/import-workflow.js";
import { createImportRows } from "../../db/imports.js";
import { createImportStore } from "../../db/import-store.js";
import { importWorkflowId } from "../../domain/ids.js";
import { ioQueue, orchestrationQueue } from "../../domain/lanes.js";
import { buildBundle } from "../../workers/bundle.js";
import type { importContacts } from "../../workflows/import-contacts.js";
import {
  cancelImportSignal,
  importJobType,
  importProgressQuery,
  importWorkflowType,
} from "../../workflows/import-messages.js";
import { testDatabase, testTemporal, type TestDatabase } from "../setup/stack.js";
import { makeFolder } from "../export/folder.js";
import { until } from "../support/until.js";
import { csvFolder } from "./csv-folder.js";
import { makeTenant } from "./factories.js";
import { sourcesIn, testChunkRows } from "./import-harness.js";

let database: TestDatabase;
let client: Client;
let write: (content: string) => Promise<string>;
let tenantId: string;
/** Called before each commit: a test holds an import there while it looks or steers. */
let beforeCommit: (chunk: ImportChunk) => Promise<void>;
/** Called when an import has ended and its workflow has not. */
let atTheEnd: () => Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  database = await testDatabase();
  write = await csvFolder();
  const dataFolder = await makeFolder();
  const { address, namespace } = await testTemporal();
  const connection = await NativeConnection.connect({ address });
  const store = createImportStore(database.pool);
  const held: ImportStore = {
    ...store,
    async loadNotice(importId) {
      await atTheEnd();
      return store.loadNotice(importId);
    },
    commitChunk: async (importId, chunk) => {
      await beforeCommit(chunk);
      return store.commitChunk(importId, chunk);
    },
  };
  const workers = await Promise.all([
    Worker.create({
      connection,
      namespace,
      taskQueue: orchestrationQueue,
      workflowBundle: await buildBundle(),
      activities: createImportSteeringActivities(held, async () => undefined),
    }),
    Worker.create({
      connection,
      namespace,
      taskQueue: ioQueue,
      activities: createImportContactsActivities(
        { store: held, sources: sourcesIn(dataFolder) },
        { chunkRows: testChunkRows },
      ),
    }),
  ]);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  afterAll(async () => {
    workers.forEach((worker) => worker.shutdown());
    await runs;
    await connection.close();
    await client.connection.close();
  });
});

beforeEach(async () => {
  tenantId = await makeTenant(database.pool);
  beforeCommit = async () => undefined;
  atTheEnd = async () => undefined;
});

async function start(rows: number): Promise<WorkflowHandle<typeof importContacts>> {
  const lines = Array.from({ length: rows }, (_, n) =>
    n % 10 === 9 ? `broken-${n},Bo` : `c${n}@example.com,Ann`,
  );
  const fileUrl = await write(`email,first_name\n${lines.join("\n")}\n`);
  const { importId } = await createImportRows(database.pool).createImport({ tenantId, fileUrl });
  return client.workflow.start<typeof importContacts>(importWorkflowType, {
    workflowId: importWorkflowId(importId),
    taskQueue: orchestrationQueue,
    args: [{ importId }],
    staticSummary: `Contacts of ${tenantId}`,
    typedSearchAttributes: [
      { key: defineSearchAttributeKey("TenantId", "KEYWORD"), value: tenantId },
      { key: defineSearchAttributeKey("JobType", "KEYWORD"), value: importJobType },
    ],
  });
}

/** Holds the import before it commits `batchNo`; `arrived` resolves there, `release` lets it go on. */
function holdAt(batchNo: number): { arrived: Promise<void>; release: () => void } {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  beforeCommit = async (chunk) => {
    if (chunk.batchNo !== batchNo) return;
    await chunk.predecessor;
    arrive();
    await released;
  };
  return { arrived, release };
}

async function countContacts(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    "select count(*)::int as count from contacts where tenant_id = $1",
    [tenantId],
  );
  return rows[0]?.count ?? -1;
}

it("imports, answers how far it is, and ends with its counts", async () => {
  const hold = holdAt(2);
  const handle = await start(3_000);
  await hold.arrived;
  await until("the first look at the progress", () => handle.query(importProgressQuery));
  expect(await handle.query(importProgressQuery)).toMatchObject({ status: "processing", rowsRead: 2_000 });
  hold.release();
  const done: ImportProgress = await handle.result();
  expect(done).toMatchObject({ status: "completed", rowsRead: 3_000, rowsImported: 2_700, rowsRefused: 300 });
  expect(await countContacts()).toBe(2_700);
  const { searchAttributes } = await handle.describe();
  expect(searchAttributes).toMatchObject({ JobType: [importJobType], TenantId: [tenantId], Progress: [100] });
});

it.each([
  ["the signal", (handle: WorkflowHandle) => handle.signal(cancelImportSignal)],
  ["Temporal's own cancel", (handle: WorkflowHandle) => handle.cancel()],
])("stops by %s with what was committed, and nothing more", async (_, cancel) => {
  const hold = holdAt(1);
  const handle = await start(3_000);
  await hold.arrived;
  await cancel(handle);
  const done = await handle.result();
  expect(done).toMatchObject({ status: "cancelled", rowsRead: 1_000, rowsImported: 900, rowsRefused: 100 });
  // The attempt that was held still wants to commit its chunk, and may not.
  hold.release();
  expect(await countContacts()).toBe(900);
});

it("started again after it was terminated, goes on behind the last committed chunk", async () => {
  const hold = holdAt(1);
  const handle = await start(3_000);
  await hold.arrived;
  await handle.terminate();
  hold.release();
  beforeCommit = async () => undefined;
  const importId = handle.workflowId.slice("import/".length);
  const again = await client.workflow.start<typeof importContacts>(importWorkflowType, {
    workflowId: handle.workflowId,
    taskQueue: orchestrationQueue,
    args: [{ importId }],
  });
  expect(await again.result()).toMatchObject({ status: "completed", rowsRead: 3_000, rowsImported: 2_700 });
  expect(await countContacts()).toBe(2_700);
});

it("revived while it still closes, is run again by the same workflow", async () => {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  atTheEnd = async () => {
    arrive();
    await released;
  };
  const fileUrl = await write("");
  const { importId } = await createImportRows(database.pool).createImport({ tenantId, fileUrl });
  const workflowId = importWorkflowId(importId);
  const handle = await client.workflow.start<typeof importContacts>(importWorkflowType, {
    ...{ workflowId, taskQueue: orchestrationQueue, args: [{ importId }] },
  });
  await arrived;
  await writeFile(fileUrl, "email\nann@example.com\n");
  const { rowCount } = await database.pool.query(
    `update lead_imports set status = 'pending', error = null, finished_at = null
     where import_id = $1 and status = 'failed'`,
    [importId],
  );
  expect(rowCount).toBe(1);
  await createImportWorkflow(() => Promise.resolve(client)).revived({ tenantId, importId });
  release();
  expect(await handle.result()).toMatchObject({ status: "completed", rowsImported: 1 });
  expect((await client.workflow.getHandle(workflowId).describe()).runId).toBe(handle.firstExecutionRunId);
});

it("keeps every address out of Temporal", async () => {
  const handle = await start(20);
  await handle.result();
  const history = JSON.stringify(await handle.fetchHistory());
  const payloads = [...history.matchAll(/"data":"([^"]*)"/g)].map(([, data]) =>
    Buffer.from(data ?? "", "base64"),
  );
  const everything = [history, ...payloads.map(String)].join("\n");
  expect(everything).toContain("rowsImported");
  expect(everything).not.toContain("@example.com");
});
