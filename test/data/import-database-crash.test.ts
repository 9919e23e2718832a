import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ImportStore } from "../../activities/import-ports.js";
import { createImportStore } from "../../db/import-store.js";
import { createImportRows } from "../../db/imports.js";
import { migrate } from "../../db/migrate.js";
import { createPool } from "../../db/pool.js";
import { startPostgres, type EmbeddedPostgres } from "../../runtime/embedded/postgres.js";
import { csvFolder } from "./csv-folder.js";
import { makeTenant } from "./factories.js";
import { runImport } from "./import-harness.js";

const total = 40_000;

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-import-"));
  // Run as root, Postgres is another account, which has to reach its data.
  await chmod(folder, 0o755);
  postgres = await startPostgres({ folder });
  await migrate(postgres.url);
}, 120_000);
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

it("Postgres killed among chunks that nobody waited for takes rows and position alike; the end is durable", async () => {
  const write = await csvFolder();
  const rows = Array.from({ length: total }, (_, n) =>
    n % 100 === 99 ? `broken-${n}` : `c${n}@example.com`,
  );
  const fileUrl = await write(`email\n${rows.join("\n")}\n`);
  let pool = createPool(postgres.url);
  const tenantId = await makeTenant(pool);
  const { importId } = await createImportRows(pool).createImport({ tenantId, fileUrl });

  const crashing = crashAt(createImportStore(pool), 17);
  await expect(runImport(crashing, importId)).rejects.toThrow();
  await pool.end();
  postgres = await startPostgres({ folder });
  pool = createPool(postgres.url);
  const store = createImportStore(pool);
  const standing = await store.loadProgress(importId);
  expect(standing.status).toBe("processing");
  expect(standing.rowsRead).toBeLessThan(total);
  expect(await standOf(pool, { tenantId, importId })).toEqual(accountOf(standing.rowsRead));

  expect(await runImport(store, importId)).toMatchObject({ status: "completed", rowsRead: total });
  await kill();
  await pool.end();
  postgres = await startPostgres({ folder });
  pool = createPool(postgres.url);
  expect(await createImportStore(pool).loadProgress(importId)).toMatchObject({ status: "completed" });
  expect(await standOf(pool, { tenantId, importId })).toEqual(accountOf(total));
  await pool.end();
}, 180_000);

/** Kills Postgres when a chunk is about to be written. */
function crashAt(store: ImportStore, batchNo: number): ImportStore {
  return {
    ...store,
    commitChunk: async (importId, chunk) => {
      if (chunk.batchNo === batchNo) {
        await chunk.predecessor;
        await kill();
      }
      return store.commitChunk(importId, chunk);
    },
  };
}

/** Of the server itself; its sessions end by themselves when they miss it. */
async function kill(): Promise<void> {
  process.kill(postgres.pid, "SIGKILL");
  expect(await postgres.exited).toMatchObject({ signal: "SIGKILL" });
}

interface Stand {
  contacts: number;
  refusals: number;
  /** Rows in all committed chunks. */
  committed: number;
}

async function standOf(
  pool: pg.Pool,
  { tenantId, importId }: { tenantId: string; importId: string },
): Promise<Stand | undefined> {
  const { rows } = await pool.query<Stand>(
    `select (select count(*)::int from contacts where tenant_id = $1) as contacts,
       (select count(*)::int from lead_import_refusals where import_id = $2) as refusals,
       (select coalesce(sum(rows_imported + rows_refused), 0)::int from lead_import_batches
        where import_id = $2) as committed`,
    [tenantId, importId],
  );
  return rows[0];
}

/** What so many rows from the file's beginning come to: every hundredth is refused. */
function accountOf(rowsRead: number): Stand {
  const refusals = Math.floor(rowsRead / 100);
  return { contacts: rowsRead - refusals, refusals, committed: rowsRead };
}
