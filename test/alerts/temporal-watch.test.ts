import { Connection } from "@temporalio/client";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { AlertChange } from "../../domain/alerts.js";
import { recordAlerts } from "../../db/alert-recording.js";
import { listOpenWatched, loadLookedAgoMs, loadPartRule } from "../../db/alert-standing.js";
import { createPool } from "../../db/pool.js";
import { watchTemporal } from "../../workers/temporal-watch.js";
import { quiet } from "../api/fixture.js";
import { testDatabase, testTemporal } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";

let pool: pg.Pool;
let databaseUrl: string;
let temporal: Way;
let connection: Connection;

beforeAll(async () => {
  ({ pool, databaseUrl } = await testDatabase());
  await pool.query("update alert_rules set for_ms = 0, clear_for_ms = 0");
  temporal = new Way(`tcp://${(await testTemporal()).address}`);
  await temporal.open();
  connection = await Connection.connect({ address: `127.0.0.1:${temporal.port}` });
  return async () => {
    await connection.close();
    await temporal.cut();
  };
});

/** What a process does beside its workflows; `told` is what its emergency channel got, `hasRead` that it knows its rule. */
function watch(over: { pool?: pg.Pool; staleAfterMs?: number } = {}) {
  const told: string[] = [];
  let isRuleRead = false;
  const at = over.pool ?? pool;
  const { stop } = watchTemporal({
    ...{ log: quiet, everyMs: 30 },
    loadRule: async () => {
      const rule = await loadPartRule(at);
      isRuleRead = true;
      return rule;
    },
    staleAfterMs: over.staleAfterMs ?? 300_000,
    pingTemporal: () =>
      connection.withDeadline(Date.now() + 500, () => connection.workflowService.getSystemInfo({})),
    lookedAgoMs: () => loadLookedAgoMs(at),
    loadOpen: () => listOpenWatched(at),
    record: (changes) => recordAlerts(at, changes),
    tell: ({ what, subject }: AlertChange) => Promise.resolve(void told.push(`${what}: ${subject}`)),
  });
  return { told, stop, hasRead: () => Promise.resolve(isRuleRead) };
}

async function alertsOf(subject: string): Promise<boolean[]> {
  const { rows } = await pool.query<{ cleared: boolean }>(
    "select cleared_at is not null as cleared from alerts where subject = $1",
    [subject],
  );
  return rows.map(({ cleared }) => cleared);
}

test("Temporal goes: of several processes one tells, also when the one that raised it has died meanwhile", async () => {
  const [one, other] = [watch(), watch()];
  await temporal.cut();
  await until("it is raised", async () => (await alertsOf("temporal")).length === 1);
  await until("it is told", () => Promise.resolve(one.told.length + other.told.length > 0));
  await Promise.all([one.stop(), other.stop()]);
  expect([...one.told, ...other.told]).toEqual(["raised: temporal"]);
  const third = watch();
  await temporal.open();
  await until("it has cleared", async () => (await alertsOf("temporal")).every(Boolean));
  await until("it is told", () => Promise.resolve(third.told.length > 0));
  await third.stop();
  expect(third.told).toEqual(["cleared: temporal"]);
  expect(await alertsOf("temporal")).toEqual([true]);
});

test("Temporal and Postgres are both away: it is told once by each process, and written when Postgres is back", async () => {
  await pool.query("delete from alerts");
  const postgres = new Way(databaseUrl);
  await postgres.open();
  const cuttable = createPool(postgres.databaseUrl);
  const { told, stop, hasRead } = watch({ pool: cuttable });
  await until("the rule is known", hasRead);
  await postgres.cut();
  await temporal.cut();
  await until("it is told", () => Promise.resolve(told.length > 0));
  expect(await alertsOf("temporal")).toEqual([]);
  await postgres.open();
  await until("it is written", async () => (await alertsOf("temporal")).length === 1);
  expect(told).toEqual(["raised: temporal"]);
  await temporal.open();
  await until("it has cleared", async () => (await alertsOf("temporal"))[0]);
  await stop();
  await cuttable.end();
  await postgres.cut();
});

test("nobody evaluates rules any more: that is an alert, until somebody does again", async () => {
  await pool.query("insert into alert_looks (looked_at) values (now() - interval '10 minutes')");
  const { told, stop } = watch();
  await until("it is told", () => Promise.resolve(told.includes("raised: alerts")));
  await pool.query("update alert_looks set looked_at = now()");
  await until("it has cleared", () => Promise.resolve(told.includes("cleared: alerts")));
  await stop();
});
