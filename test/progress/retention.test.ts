import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { createProgressStore } from "../../db/progress.js";
import { recordProgress } from "../../db/progress-recorder.js";
import { createCleanupStore } from "../../db/retention.js";
import { defaultRetention } from "../../domain/retention.js";
import { testDatabase } from "../setup/stack.js";
import { endImport, importChunk, newImport, newTenant } from "./fixture.js";

let pool: pg.Pool;
beforeAll(async () => ({ pool } = await testDatabase()));

test("A day later only the last update of each piece of work is there, and who comes then is told that", async () => {
  const tenantId = await newTenant(pool);
  const [open, ended] = [await newImport(pool, tenantId), await newImport(pool, tenantId)];
  for (const importId of [open, ended, ended, open]) {
    await importChunk(pool, importId);
    await recordProgress(pool, { all: false });
  }
  await endImport(pool, ended);
  await recordProgress(pool, { all: false });
  const cleanup = createCleanupStore(pool, defaultRetention);
  expect(await cleanup.countOld("progress_updates")).toBe(0);

  await pool.query("update progress_updates set recorded_at = recorded_at - interval '25 hours'");
  const before = await cleanup.countOld("progress_updates");
  expect(await cleanup.deleteOld("progress_updates")).toBe(before);
  const store = createProgressStore(pool);
  const late = await store.readUpdates({ tenantId, after: 1, limit: 100 });
  expect(late.updates).toMatchObject([
    { id: open, processed: 20, status: "running" },
    { id: ended, processed: 20, status: "completed" },
  ]);

  await pool.query("update progress_tracking set finished_at = now() - interval '31 days' where id = $1", [
    ended,
  ]);
  expect(await cleanup.deleteOld("progress_tracking")).toBe(1);
  expect(await store.listProgress(tenantId, { limit: 10 })).toMatchObject([{ id: open }]);
});
