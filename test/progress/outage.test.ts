import { pino } from "pino";
import { expect, test } from "vitest";
import { createPool } from "../../db/pool.js";
import { createProgressStore } from "../../db/progress.js";
import { createRedis } from "../../throttle/redis.js";
import { createProgressRecorder, keepProgress } from "../../workers/progress-recorder.js";
import { testDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";
import { endImport, importChunk, newImport, newTenant } from "./fixture.js";

test("With Redis away progress is recorded all the same; Postgres away is said once, and its return is told", async () => {
  const { databaseUrl, pool } = await testDatabase();
  const way = new Way(databaseUrl);
  await way.open();
  const recording = createPool(way.databaseUrl);
  const nowhere = createRedis("redis://127.0.0.1:1", { whenAway: "fail", name: "test" });
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  let looks = 0;
  const record = createProgressRecorder(recording, nowhere);
  const keeping = keepProgress({
    recordProgress: (options) => record(options).finally(() => (looks += 1)),
    ...{ log, everyMs: 20 },
  });
  const tenantId = await newTenant(pool);
  const id = await newImport(pool, tenantId);
  const store = createProgressStore(pool);
  const stands = (wanted: object) =>
    until("it was recorded", async () => {
      const progress = await store.loadProgress(tenantId, id);
      return Object.entries(wanted).every(
        ([name, value]) => progress[name as keyof typeof progress] === value,
      );
    });

  await importChunk(pool, id);
  await stands({ status: "running", processed: 10 });
  await way.cut();
  const before = looks;
  await importChunk(pool, id);
  await endImport(pool, id);
  await until("some looks have failed", () => Promise.resolve(looks > before + 3));
  expect(await store.loadProgress(tenantId, id)).toMatchObject({ status: "running", processed: 10 });
  expect(lines.filter((line) => line.includes("progress.not_recorded"))).toHaveLength(1);

  await way.open();
  await stands({ status: "completed", processed: 20, sequence: 2 });
  await keeping.stop();
  nowhere.disconnect();
  await recording.end();
  await way.cut();
});
