import { randomUUID } from "node:crypto";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { AlertKind } from "../../domain/alerts.js";
import { takeLook, type WatchState } from "../../domain/alert-watch.js";
import { noDurations } from "../../domain/durations.js";
import { lookAtAlerts } from "../../db/alert-looking.js";
import { recordAlerts } from "../../db/alert-recording.js";
import { recordSeries } from "../../db/queue-series.js";
import { recordBeat, type WorkerBeat, type WorkNews } from "../../db/worker-beats.js";
import { createTestSend, people } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";
import { addRule } from "./fixture.js";

let pool: pg.Pool;
let state: WatchState = {};

beforeAll(async () => {
  ({ pool } = await testDatabase());
  // Each test has rules of its own.
  await pool.query("delete from alert_rules");
});

/** What one look of the flow does. */
async function look(up = { postgres: true, redis: true }): Promise<string[]> {
  const looked = await lookAtAlerts(pool, { keys: Object.keys(state), partRules: null }, up);
  const taken = takeLook(state, looked, { nowMs: Date.now(), newId: randomUUID });
  state = taken.state;
  await recordAlerts(pool, taken.changes);
  return taken.changes.map(
    ({ what, rule, subject }) => `${rule.kind} of ${rule.tenantId ?? "*"} ${what}: ${subject}`,
  );
}

async function withRule(kind: AlertKind, fireAbove: number, more: { subject?: string } = {}): Promise<void> {
  await addRule(pool, { scope: "platform", kind, fireAbove, clearAtMost: fireAbove, ...more });
}

const aMinuteAgo = (minutes: number): Date => new Date(Math.floor(Date.now() / 60_000 - minutes) * 60_000);

async function beat(over: Partial<WorkerBeat> = {}, news: Partial<WorkNews> = {}): Promise<string> {
  const workerId = over.workerId ?? randomUUID();
  const one = {
    ...{
      workerId,
      role: "sender",
      identity: "7@here",
      host: "here",
      pid: 7,
      version: "1",
      startedAt: new Date(),
    },
    ...{ memory: 0.5, rssBytes: 1, queues: [], stopping: false },
  };
  await recordBeat(pool, { ...one, ...over }, { jobs: [], throughput: [], ...news });
  return workerId;
}

test("a queue that is deep, and one whose first task waits, by the sampler's last sample", async () => {
  await withRule("queue-depth", 1_000);
  await withRule("queue-age", 600);
  const sample = async (waiting: number, oldestMs: number): Promise<void> => {
    await pool.query("delete from queue_series");
    const one = { queue: "io", kind: "activity", waiting, oldestMs, active: 0, delayed: 0, dead: 0 } as const;
    await recordSeries(pool, new Date(), [one]);
  };
  await sample(1_001, 601_000);
  expect((await look()).sort()).toEqual(["queue-age of * raised: io", "queue-depth of * raised: io"]);
  // Nobody samples any more: that is not known to be better.
  await pool.query("delete from queue_series");
  expect(await look()).toEqual([]);
  await sample(3, 1_000);
  expect((await look()).sort()).toEqual(["queue-age of * cleared: io", "queue-depth of * cleared: io"]);
});

test("jobs of a queue that fail, and a tenant's mail that does", async () => {
  await withRule("failure-rate", 0.2);
  await addRule(pool, { scope: "tenants", kind: "failure-rate", fireAbove: 0.2, clearAtMost: 0.2 });
  const workerId = randomUUID();
  const minute = aMinuteAgo(1);
  const tell = (failed: number): Promise<string> =>
    beat(
      { workerId },
      {
        jobs: [{ minute, queue: "io", completed: 30, failed, busyMs: 0, durations: noDurations() }],
        throughput: (["sent", "dead"] as const).map((outcome) => ({
          ...{ minute, tenantId: "acme", what: "email", lane: "retry", outcome },
          count: outcome === "sent" ? 30 : failed,
        })),
      },
    );
  await tell(10);
  expect((await look()).sort()).toEqual([
    "failure-rate of * raised: io",
    "failure-rate of acme raised: email",
  ]);
  await tell(1);
  expect((await look()).sort()).toEqual([
    "failure-rate of * cleared: io",
    "failure-rate of acme cleared: email",
  ]);
});

test("less mail than in the hour before, while a send is under way", async () => {
  await withRule("throughput-drop", 0.8);
  const { sendId } = await createTestSend(pool, people(1));
  await pool.query("update campaign_sends set status = 'sending' where send_id = $1", [sendId]);
  const workerId = randomUUID();
  const of = (minutes: number, count: number) => ({
    ...({
      minute: aMinuteAgo(minutes),
      tenantId: "busy",
      what: "email",
      lane: "retry",
      outcome: "sent",
      count,
    } as const),
  });
  await beat({ workerId }, { throughput: Array.from({ length: 20 }, (_, at) => of(at + 20, 100)) });
  expect(await look()).toEqual(["throughput-drop of * raised: email"]);
  await beat({ workerId }, { throughput: Array.from({ length: 4 }, (_, at) => of(at + 1, 200)) });
  expect(await look()).toEqual(["throughput-drop of * cleared: email"]);
  await pool.query("update campaign_sends set status = 'completed' where send_id = $1", [sendId]);
});

test("dead letters, of a tenant and of all; a tenant's own rule stands for the one of every tenant", async () => {
  await withRule("dead-letters", 2);
  await addRule(pool, { scope: "tenants", kind: "dead-letters", fireAbove: 1, clearAtMost: 1 });
  await addRule(pool, {
    scope: "tenant",
    tenantId: "calm",
    kind: "dead-letters",
    fireAbove: 100,
    clearAtMost: 100,
  });
  const bury = (tenantId: string): Promise<unknown> =>
    pool.query(
      `insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts)
       values ($1, $2, 1, 'x', 3), ($1, $2, 2, 'x', 3)`,
      [tenantId, randomUUID()],
    );
  await bury("acme");
  await bury("calm");
  expect((await look()).sort()).toEqual([
    "dead-letters of * raised: all",
    "dead-letters of acme raised: all",
  ]);
  await pool.query("update dead_letters set resolved_at = now(), resolution = 'dismissed'");
  expect((await look()).sort()).toEqual([
    "dead-letters of * cleared: all",
    "dead-letters of acme cleared: all",
  ]);
});

test("a worker process that is gone, until another takes its place; one that was ended is missed by nobody", async () => {
  await pool.query("delete from worker_processes");
  await withRule("worker-loss", 0);
  await withRule("memory", 0.9);
  const full = await beat({ memory: 0.95 });
  await beat({ role: "io", stopping: true });
  expect(await look()).toEqual(["memory of * raised: sender 7@here"]);
  await pool.query(
    "update worker_processes set seen_at = now() - interval '1 minute', started_at = now() - interval '1 hour'",
  );
  expect((await look()).sort()).toEqual([
    "memory of * cleared: sender 7@here",
    "worker-loss of * raised: sender",
  ]);
  await beat();
  expect(await look()).toEqual(["worker-loss of * cleared: sender"]);
  await pool.query("delete from worker_processes where worker_id = $1", [full]);
});

test("a tenant's mail that bounces or is called spam is told to the tenant, and to the platform by its name", async () => {
  for (const kind of ["bounce-rate", "complaint-rate"] as const) {
    await withRule(kind, 0.05);
    await addRule(pool, { scope: "tenants", kind, fireAbove: 0.05, clearAtMost: 0.05 });
  }
  const count = (kind: string, number: number): Promise<unknown> =>
    pool.query(
      `insert into email_analytics (tenant_id, day, kind, count) values ('spammer', (now() at time zone 'UTC')::date, $1, $2)
       on conflict (tenant_id, day, campaign_id, kind) do update set count = excluded.count`,
      [kind, number],
    );
  await count("sent", 100);
  await count("bounced", 20);
  await count("complaint", 20);
  expect((await look()).sort()).toEqual([
    "bounce-rate of * raised: spammer",
    "bounce-rate of spammer raised: mail",
    "complaint-rate of * raised: spammer",
    "complaint-rate of spammer raised: mail",
  ]);
  await count("sent", 10_000);
  expect((await look()).filter((told) => told.includes("cleared"))).toHaveLength(4);
});

test("an address on a blacklist is told to its tenant and to the platform, one of everybody's to the platform", async () => {
  await withRule("blacklist", 0);
  await addRule(pool, { scope: "tenants", kind: "blacklist" });
  await pool.query(
    `insert into blacklist_standings (tenant_id, subject, zone, kind, status) values
       ('acme', '192.0.2.7', 'list.example', 'ipv4', 'listed'), ('*', '192.0.2.8', 'list.example', 'ipv4', 'listed'),
       ('acme', '192.0.2.9', 'list.example', 'ipv4', 'clean')`,
  );
  expect((await look()).sort()).toEqual([
    "blacklist of * raised: 192.0.2.7",
    "blacklist of * raised: 192.0.2.8",
    "blacklist of acme raised: 192.0.2.7",
  ]);
  await pool.query("update blacklist_standings set status = 'clean'");
  expect(await look()).toHaveLength(3);
});

test("a domain or node whose score is low is told to its tenant and to the platform, until it has recovered", async () => {
  await withRule("reputation", 50);
  await addRule(pool, { scope: "tenants", kind: "reputation", fireAbove: 30, clearAtMost: 30 });
  const score = (tenantId: string, subject: string, points: number | null): Promise<unknown> =>
    pool.query(
      `insert into reputations (tenant_id, kind, subject, score) values ($1, $2, $3, $4)
       on conflict (tenant_id, kind, subject, mailbox_provider) do update set score = excluded.score`,
      [tenantId, subject.includes(".") ? "domain" : "node", subject, points],
    );
  await score("acme", "acme.example", 45);
  await score("calm", "calm.example", 65);
  await score("calm", "new.example", null);
  await score("*", "n1", 10);
  expect((await look()).sort()).toEqual([
    "reputation of * raised: acme domain acme.example",
    "reputation of * raised: node n1",
    "reputation of acme raised: domain acme.example",
    "reputation of calm raised: domain calm.example",
  ]);
  // Too little mail to say anything: nothing is held against it.
  await score("calm", "calm.example", null);
  await score("acme", "acme.example", 95);
  await score("*", "n1", 100);
  expect(await look()).toHaveLength(4);
});

test("a part that is away: Postgres by what was known before it went, or by what stands in the code", async () => {
  await withRule("part-down", 0);
  expect(await look({ postgres: true, redis: false })).toEqual(["part-down of * raised: redis"]);
  expect(await look()).toEqual(["part-down of * cleared: redis"]);
  const away = await lookAtAlerts(pool, { keys: [], partRules: null }, { postgres: false, redis: true });
  expect(away).toMatchObject({ isPostgresUp: false });
  expect(away.readings).toMatchObject([
    { subject: "postgres", value: 1, rule: { kind: "part-down", severity: "critical" } },
    { subject: "redis", value: 0 },
  ]);
});

test("an alert whose rule is deleted, or off, ends and says why; one that nobody remembers is taken up", async () => {
  const ruleId = await addRule(pool, {
    scope: "platform",
    kind: "part-down",
    name: "Redis",
    subject: "redis",
  });
  await look({ postgres: true, redis: false });
  state = {};
  expect(await look({ postgres: true, redis: false })).toEqual([]);
  expect(Object.keys(state).some((key) => key.startsWith(ruleId))).toBe(true);
  await pool.query("update alert_rules set enabled = false where rule_id = $1", [ruleId]);
  await look({ postgres: true, redis: false });
  const { rows } = await pool.query("select clear_reason from alerts where rule_id = $1", [ruleId]);
  expect(rows).toEqual([{ clear_reason: "rule-gone" }]);
  await look();
});

test("an alert is told by the ways of its rule, and by no other", async () => {
  await pool.query("delete from alert_rules");
  await look();
  await pool.query("delete from notifications");
  for (const routes of [["webhooks"], ["notifications"], []] as const)
    await addRule(pool, {
      ...{ scope: "platform", kind: "part-down", name: `By ${routes.join()}`, subject: "redis" },
      routes: [...routes],
    });
  expect(await look({ postgres: true, redis: false })).toHaveLength(3);
  const { rows } = await pool.query("select title from notifications");
  expect(rows).toEqual([{ title: "By notifications: redis" }]);
  await pool.query("delete from alert_rules");
  expect(await look()).toHaveLength(3);
});

test("people are told of each alert once, when it is raised and when it clears; silenced, when the silence is over", async () => {
  await pool.query("delete from notifications");
  const ruleId = await addRule(pool, {
    scope: "platform",
    kind: "dead-letters",
    name: "Silent",
    fireAbove: 0,
  });
  await pool.query("update alert_rules set silenced_until = now() + interval '1 hour' where rule_id = $1", [
    ruleId,
  ]);
  await pool.query(
    "insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts) values ('x', $1, 1, 'x', 3)",
    [randomUUID()],
  );
  const titles = async (): Promise<string[]> =>
    (
      await pool.query<{ title: string }>(
        "select title from notifications where tenant_id = '*' and title like '%Silent%' order by created_at",
      )
    ).rows.map(({ title }) => title);
  await look();
  expect(await titles()).toEqual([]);
  await pool.query("update alert_rules set silenced_until = null where rule_id = $1", [ruleId]);
  for (let times = 0; times < 3; times += 1) await look().then(() => recordAlerts(pool, []));
  expect(await titles()).toEqual(["Silent: all"]);
  await pool.query("update dead_letters set resolved_at = now(), resolution = 'dismissed'");
  await look();
  await look();
  expect(await titles()).toEqual(["Silent: all", "Cleared: Silent: all"]);
  const { rows } = await pool.query<{ what: string }>(
    "select what from alert_history where rule_id = $1 and alert_id is not null order by history_id",
    [ruleId],
  );
  expect(rows.map(({ what }) => what)).toEqual(["raised", "raise_told", "cleared", "clear_told"]);
});
