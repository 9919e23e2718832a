import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { importChunkRows } from "../../activities/import-contacts.js";
import type { ImportStore } from "../../activities/import-ports.js";
import { createImportRows } from "../../db/imports.js";
import { createImportStore } from "../../db/import-store.js";
import { createListStore } from "../../db/lists.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { csvFolder } from "./csv-folder.js";
import { makeTenant } from "./factories.js";
import { runImport } from "./import-harness.js";

const total = 100_000;
const kills = [15_000, 40_000, 70_000];

let database: TestDatabase;
let store: ImportStore;
let write: (content: string) => Promise<string>;

beforeAll(async () => {
  database = await testDatabase();
  store = createImportStore(database.pool);
  write = await csvFolder();
});

it("a process killed in the middle of 100,000 rows leaves an import that ends exactly right", async () => {
  const { pool } = database;
  const tenantId = await makeTenant(pool);
  const { listId } = await createListStore(pool).createList({ tenantId, name: "all" });
  const fileUrl = await write(`email,first_name,city\n${makeRows().join("\n")}\n`);
  const { importId } = await createImportRows(pool).createImport({ tenantId, fileUrl, list: "all" });

  for (const rows of kills) {
    await killAfter(importId, rows);
    const after = await store.loadProgress(importId);
    expect(after.status).toBe("processing");
    expect(after.rowsRead).toBeGreaterThanOrEqual(rows);
    expect(after.rowsRead).toBeLessThan(total);
    expect(after.rowsRead % importChunkRows).toBe(0);
  }

  const done = await runImport(store, importId);
  // Every 100th row is refused, every 50th repeats the address of the row before.
  const refused = total / 100;
  const contacts = total - refused - total / 50;
  expect(done).toMatchObject({
    status: "completed",
    rowsRead: total,
    rowsRefused: refused,
    rowsImported: total - refused,
    rowsCreated: contacts,
  });
  const { rows } = await pool.query(
    `select
       (select count(*)::int from contacts where tenant_id = $1) as contacts,
       (select count(*)::int from list_contacts where list_id = $2) as members,
       (select contact_count::int from lists where list_id = $2) as counted,
       (select count(*)::int from lead_import_refusals where import_id = $3) as refusals,
       (select array_agg(distinct line % 100) from lead_import_refusals where import_id = $3) as "refusedAt",
       (select sum(rows_imported + rows_refused)::int from lead_import_batches where import_id = $3) as committed`,
    [tenantId, listId, importId],
  );
  // Row n stands on line n + 2.
  expect(rows).toEqual([
    { contacts, members: contacts, counted: contacts, refusals: refused, refusedAt: ["1"], committed: total },
  ]);
}, 300_000);

/** Starts an attempt in a process of its own and kills it as soon as so many rows are committed. */
async function killAfter(importId: string, rows: number): Promise<void> {
  const script = fileURLToPath(new URL("./import-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, database.databaseUrl, importId], {
    stdio: "inherit",
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  while ((await store.loadProgress(importId)).rowsRead < rows && child.exitCode === null) await sleep(20);
  child.kill("SIGKILL");
  const [code, signal] = await exited;
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
}

function makeRows(): string[] {
  return Array.from({ length: total }, (_, n) => {
    if (n % 100 === 99) return `broken-${n},Bo,Rome`;
    return `c${n % 50 === 25 ? n - 1 : n}@example.com,Ann,"Paris, ${n}"`;
  });
}
