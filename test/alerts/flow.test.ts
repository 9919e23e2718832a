import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../db/migrate.js";
import { createPool } from "../../db/pool.js";
import { alertWorkflowId } from "../../domain/alerts.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import { startPostgres, type EmbeddedPostgres } from "../../runtime/embedded/postgres.js";
import type { EmbeddedPart } from "../../runtime/embedded/process.js";
import { startRedis, type EmbeddedRedis } from "../../runtime/embedded/redis.js";
import { watchAlertsType } from "../../workflows/alert-messages.js";
import { asking, keyOf, type Ask } from "../api/asking.js";
import { runApi } from "../api/fixture.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { addRule } from "./fixture.js";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let world: World;
let client: Client;
/** Of this file's own, to be killed. */
let postgres: EmbeddedPostgres;
let redis: EmbeddedRedis;
let folder: string;
let receiver: WebhookReceiver;
let asTenant: Ask;
let asPlatform: Ask;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-alerts-"));
  // Postgres runs under another account when the tests run as root.
  await chmod(folder, 0o711);
  [receiver, postgres, redis] = await Promise.all([
    startWebhookReceiver(),
    startPostgres({ folder: join(folder, "postgres"), durable: false }),
    startRedis({ folder: join(folder, "redis"), durable: false }),
  ]);
  await receiver.behave({ "/emergency": { secret, keep: true }, "/hook": { keep: true } });
  await migrate(postgres.url);
  world = await startWorld({
    config: {
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      alerting: { webhook: { url: receiver.url("/emergency"), secret } },
    },
  });
  const pool = createPool(postgres.url);
  world.pool = pool;
  client = await createTemporalClient(world.config.temporal);
  await pool.query("delete from alert_rules where kind <> 'part-down'");
  await pool.query("update alert_rules set for_ms = 0, clear_for_ms = 0");
  await client.workflow.start(watchAlertsType, {
    ...{ workflowId: alertWorkflowId, taskQueue: orchestrationQueue, args: [{ everyMs: 200 }] },
  });
  const apiToken = "a-token-of-the-alerts-tests";
  const { temporal, redisUrl, databaseUrl } = world.config;
  const { api, url } = await runApi(databaseUrl, { redisUrl, temporal, apiToken });
  asPlatform = asking(url, apiToken);
  await asPlatform("POST", "/api/tenants", { tenant_id: "acme", name: "Acme" });
  asTenant = asking(url, await keyOf(world, "acme"));
  return async () => {
    await client.workflow.getHandle(alertWorkflowId).terminate();
    await api.close();
    await receiver.kill();
    await pool.end();
  };
});

// Once the workers have ended: they are stopped before what was registered earlier.
afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function kill(part: EmbeddedPart): Promise<void> {
  process.kill(part.pid, "SIGKILL");
  expect((await part.exited).signal).toBe("SIGKILL");
}

interface Told {
  type: string;
  data: { subject: string; is_test: boolean };
}

/** What the emergency channel was posted about a subject. */
async function urgentOf(subject: string): Promise<string[]> {
  const requests = await receiver.hits("/emergency");
  expect(requests.every(({ verified }) => verified)).toBe(true);
  const bodies = requests.map(({ body }) => JSON.parse(body ?? "") as Told);
  return bodies.filter(({ data }) => data.subject === subject).map(({ type }) => type);
}

async function alertsOf(subject: string): Promise<{ cleared: boolean; told: boolean }[]> {
  const { rows } = await world.pool.query<{ cleared: boolean; told: boolean }>(
    `select cleared_at is not null as cleared, raise_told_at is not null as told from alerts
     where subject = $1 order by raised_at`,
    [subject],
  );
  return rows;
}

test("Redis is killed: an alert is raised, told at once and written; Redis is back: it clears", async () => {
  await kill(redis);
  await until("it is raised", async () => (await alertsOf("redis")).length === 1);
  expect(await alertsOf("redis")).toEqual([{ cleared: false, told: true }]);
  redis = await startRedis({ folder: join(folder, "redis"), port: redis.port, durable: false });
  await until("it is cleared", async () => (await alertsOf("redis"))[0]?.cleared);
  expect(
    await until("both are told", async () => (await urgentOf("redis")).length === 2 && urgentOf("redis")),
  ).toEqual(["alert.raised", "alert.cleared"]);
});

test("Postgres is killed: it is told without Postgres, and written down when Postgres is back", async () => {
  await kill(postgres);
  await until("it is told", async () => (await urgentOf("postgres")).includes("alert.raised"));
  postgres = await startPostgres({ folder: join(folder, "postgres"), port: postgres.port, durable: false });
  const { rows: started } = await world.pool.query<{ at: Date }>("select pg_postmaster_start_time() as at");
  await until("it is written, and has cleared", async () => (await alertsOf("postgres"))[0]?.cleared);
  expect(await alertsOf("postgres")).toEqual([{ cleared: true, told: true }]);
  // Written down late, with the time at which it was seen.
  const { rows: raised } = await world.pool.query<{ at: Date }>(
    "select raised_at as at from alerts where subject = 'postgres'",
  );
  expect(raised[0]?.at.getTime()).toBeLessThan(started[0]?.at.getTime() ?? 0);
  const { rows } = await world.pool.query<{ kind: string }>(
    "select kind from notifications where tenant_id = '*' and title like '%postgres' order by created_at",
  );
  expect(rows.map(({ kind }) => kind).sort()).toEqual(["alert.cleared", "alert.raised"]);
});

test("a worker is restarted while an alert is open: it stays the one alert, and clears", async () => {
  await addRule(world.pool, { scope: "tenants", kind: "dead-letters", name: "Letters" });
  await world.pool.query(
    "insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts) values ('acme', gen_random_uuid(), 1, 'x', 3)",
  );
  const own = async () =>
    (await asTenant("GET", "/api/alerts")).body.data as { alert_id: string; cleared_at: unknown }[];
  const [raised] = await until("the tenant sees its alert", async () => (await own()).length > 0 && own());
  await world.restartWorkers("");
  await world.pool.query("update dead_letters set resolved_at = now(), resolution = 'dismissed'");
  await until("it has cleared", async () => (await own())[0]?.cleared_at);
  expect((await own()).map(({ alert_id }) => alert_id)).toEqual([raised?.alert_id]);
  expect((await asPlatform("GET", "/api/alerts")).body.data).not.toContainEqual(
    expect.objectContaining({ alert_id: raised?.alert_id }),
  );
});

test("a rule is made, tried, silenced and deleted over HTTP; who did what is kept", async () => {
  const endpoint = {
    url: receiver.url("/hook"),
    allow_private: true,
    event_types: ["alert.raised", "alert.cleared"],
  };
  await asPlatform("POST", "/api/webhooks", { ...endpoint, tenant_id: "acme" });
  const refused = await asTenant("POST", "/api/alert-rules", { kind: "memory", name: "x", fire_above: 1 });
  expect(refused.status).toBe(422);
  const wanted = { kind: "bounce-rate", name: "Bounces", fire_above: 0.1, clear_at_most: 0.05 };
  const made = await asTenant("POST", "/api/alert-rules", wanted);
  expect(made.status).toBe(201);
  const rule = `/api/alert-rules/${made.body.rule_id as string}`;
  const tested = await asTenant("POST", `${rule}/test`, {});
  expect(tested.status).toBe(202);
  const alert = `/api/alerts/${tested.body.alert_id as string}`;
  await until("the test has gone all the way", async () => (await asTenant("GET", alert)).body.cleared_at);
  expect((await asTenant("GET", alert)).body).toMatchObject({ is_test: true, name: "Bounces" });
  const posted = await until("the webhook is told of both", async () => {
    const bodies = (await receiver.hits("/hook")).map(({ body }) => JSON.parse(body ?? "") as Told);
    return bodies.length >= 2 && bodies;
  });
  expect(posted.map(({ type }) => type).sort()).toEqual(["alert.cleared", "alert.raised"]);
  expect(posted.every(({ data }) => data.is_test)).toBe(true);
  expect((await asTenant("POST", `${alert}/acknowledge`, {})).body.acknowledged_by).toMatch(/^key:/);
  const until_ = new Date(Date.now() + 3_600_000).toISOString();
  const silenced = await asTenant("POST", `${rule}/silence`, { until: until_, reason: "Works on it" });
  expect(silenced.body).toMatchObject({ silence_reason: "Works on it" });
  expect((await asTenant("PATCH", rule, { enabled: false })).body).toMatchObject({
    enabled: false,
    fire_above: 0.1,
  });
  expect((await asTenant("DELETE", rule)).status).toBe(204);
  const { body } = await asTenant("GET", `/api/alerts/history?rule_id=${made.body.rule_id as string}`);
  const whats = (body.data as { what: string }[]).map(({ what }) => what);
  for (const what of ["rule_created", "raised", "cleared", "acknowledged", "rule_changed", "rule_deleted"])
    expect(whats).toContain(what);
});
