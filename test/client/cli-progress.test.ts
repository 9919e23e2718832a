import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { recordProgress } from "../../db/progress-recorder.js";
import { endImport, importChunk, newImport, newTenant, readLog } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { floe } from "./cli-process.js";

let env: Record<string, string>;
let pool: pg.Pool;

beforeAll(async () => {
  const [database, { url }] = await Promise.all([testDatabase(), testRedis()]);
  pool = database.pool;
  env = { DATABASE_URL: database.databaseUrl, REDIS_URL: url, TEMPORAL_ADDRESS: "127.0.0.1:1" };
});

test("progress is listed, shown, watched from a number on, and forgotten", async () => {
  const tenantId = await newTenant(pool);
  const tenant = ["--tenant", tenantId];
  expect((await floe(["progress", "list", ...tenant], env)).stdout).toMatch(/^No progress yet/);

  const importId = await newImport(pool, tenantId);
  for (const move of [importChunk, importChunk, endImport]) {
    await move(pool, importId);
    await recordProgress(pool, { all: false });
  }
  const log = await readLog(pool, tenantId);
  expect(log.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);

  expect((await floe(["progress", "list", ...tenant], env)).stdout).toMatch(/import +completed +20 +20 +0/);
  const shown = await floe(["--json", "progress", "get", importId, ...tenant, "--watch"], env);
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: importId, status: "completed", processed: 20 });
  const watched = await floe(["progress", "watch", importId, ...tenant, "--after", "1"], env);
  expect(watched.code).toBe(0);
  expect(
    watched.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]),
  ).toEqual(["2", "3"]);
  const stopped = await floe(["progress", "watch", ...tenant], env, { interruptAt: "Watching." });
  expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining("--after 3") as string });

  const ahead = await floe(["progress", "watch", ...tenant, "--after", "4"], env);
  expect(ahead).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("after: must be at most 3") as string,
  });
  expect((await floe(["progress", "delete", importId, ...tenant], env)).code).toBe(2);
  expect((await floe(["progress", "delete", importId, ...tenant, "--yes"], env)).code).toBe(0);
  expect((await floe(["progress", "get", importId, ...tenant], env)).stderr).toContain(importId);
});
