import { randomUUID } from "node:crypto";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { recordAlerts } from "../../db/alert-recording.js";
import { createAlertStore } from "../../db/alerts.js";
import { partRule, type AlertChange } from "../../domain/alerts.js";
import { runApi } from "../api/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { keyOf, LiveSocket } from "./fixture.js";

const apiToken = "a-token-of-the-live-alerts-tests";
let pool: pg.Pool;
let url: string;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  const running = await runApi(database.databaseUrl, { redisUrl, apiToken });
  url = running.url;
  return () => running.api.close();
});

function raised(tenantId: string | null, subject: string): AlertChange {
  const rule = { ...partRule, ruleId: randomUUID(), tenantId };
  const change = { what: "raised", value: 1, atMs: Date.now(), reason: null, isTest: false } as const;
  return { ...change, alertId: randomUUID(), rule, subject };
}

test("Alerts are told as they are raised and seen to, each change once, and again behind a cursor", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const first = raised(tenantId, "first");
  await recordAlerts(pool, [first]);
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: "alerts", snapshot: true });
  const { sequence } = await live.first("subscribed");
  expect(await live.first("subscribed")).toMatchObject({
    data: [{ what: "raised", alert: { alert_id: first.alertId, subject: "first", cleared_at: null } }],
  });
  await recordAlerts(pool, [raised(null, "the platform's"), raised(tenantId, "second")]);
  await createAlertStore(pool).acknowledge(tenantId, first.alertId, "ann");
  await until("all are told", () => Promise.resolve(live.of("update").length === 3));
  expect(live.of("update")).toMatchObject([
    { data: { what: "raised", alert: { subject: "second", fire_above: 0 } } },
    { data: { what: "raise_told", alert: { subject: "second" } } },
    { data: { what: "acknowledged", actor: "ann", alert: { acknowledged_by: "ann" } } },
  ]);
  live.socket.terminate();

  const again = await LiveSocket.open(url, { key });
  again.ask({ type: "subscribe", channel: "alerts", cursor: sequence });
  await until("they are told again", () => Promise.resolve(again.of("update").length === 3));
  again.ask({ type: "subscribe", channel: "platform-alerts" });
  expect(await again.first("error")).toMatchObject({ problem: { status: 403 } });
  again.socket.close();
});

test("The platform's alerts are told to the platform, whatever tenant it looks at", async () => {
  const tenantId = await newTenant(pool);
  const live = await LiveSocket.open(url, { key: apiToken, query: { tenant_id: tenantId } });
  live.ask({ type: "subscribe", channel: "platform-alerts" });
  await live.first("subscribed");
  await recordAlerts(pool, [raised(tenantId, "a tenant's"), raised(null, "redis")]);
  await until("it is told", () => Promise.resolve(live.of("update").length === 2));
  expect(live.of("update")).toMatchObject([
    { data: { what: "raised", alert: { subject: "redis", tenant_id: null } } },
    { data: { what: "raise_told", alert: { subject: "redis" } } },
  ]);
  live.socket.close();
});
