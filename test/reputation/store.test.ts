import type pg from "pg";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { checkGates, listTenantsToGate, releaseGate } from "../../db/reputation-gates.js";
import { loadGateLimits } from "../../db/reputation-limits.js";
import { calculateReputations } from "../../db/reputation-scores.js";
import { createReputationReader, type Reputation } from "../../db/reputations.js";
import { testDatabase } from "../setup/stack.js";

let pool: pg.Pool;
const nowMs = Date.parse("2026-05-31T12:30:00Z");
const day = "2026-05-31";
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

beforeAll(async () => {
  ({ pool } = await testDatabase());
  await pool.query("insert into tenants (tenant_id, name) values ('acme', 'Acme'), ('other', 'Other')");
  await pool.query(
    `insert into nodes (node_id, tenant_id, host, port, sending_ips) values
       ('own', 'acme', '192.0.2.1', 25, '{192.0.2.7}'), ('shared', null, '192.0.2.2', 25, '{}')`,
  );
  await pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, url, event_types, secret, max_attempts, retry_base_ms, retry_cap_ms,
       timeout_ms, concurrency)
     values (gen_random_uuid(), 'acme', 'https://example.com', '{reputation.changed}', 'x', 1, 1, 1, 1000, 1)`,
  );
});

beforeEach(() =>
  pool.query(
    "truncate delivery_hours, reputations, reputation_days, domain_checks, blacklist_standings, notifications, webhook_events cascade",
  ),
);

interface Measured {
  tenantId?: string;
  nodeId?: string;
  domain?: string;
  provider?: string;
  atMs?: number;
  accepted?: number;
  bounced?: number;
  complained?: number;
  opened?: number;
}

async function measure(...rows: Measured[]): Promise<void> {
  for (const row of rows) {
    const { tenantId = "acme", nodeId = "own", domain = "acme.example", provider = "gmail" } = row;
    const { atMs = nowMs - hourMs, accepted = 0, bounced = 0, complained = 0, opened = 0 } = row;
    await pool.query(
      `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, bounced, complained, opened)
       values (date_trunc('hour', $1::timestamptz), gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9)`,
      [new Date(atMs), tenantId, nodeId, domain, provider, accepted, bounced, complained, opened],
    );
  }
}

const calculate = (of = day): Promise<number> =>
  calculateReputations(pool, { tenantIds: ["acme", "other", "*"], day: of, timeZone: "UTC" });
const check = (atMs = nowMs): ReturnType<typeof checkGates> =>
  checkGates(pool, { tenantIds: ["acme", "other", "*"], nowMs: atMs });

async function found(
  kind: Reputation["kind"],
  subject: string,
  mailboxProvider?: string,
): Promise<Reputation> {
  const [one] = await createReputationReader(pool).findReputations({ kind, subject, mailboxProvider });
  if (!one) throw new Error(`There is no reputation of ${kind} ${subject}.`);
  return one;
}

async function told(): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    "select tenant_id || ' ' || kind || ' ' || subject_id as text from notifications order by 1",
  );
  return rows.map(({ text }) => text);
}

it("scores domains, nodes and mailbox providers by the week, towards each mailbox provider, too", async () => {
  await pool.query(
    `insert into domain_checks (tenant_id, domain, status, findings) values ('acme', 'acme.example', 'fail', '[]')`,
  );
  await pool.query(
    `insert into blacklist_standings (tenant_id, subject, zone, kind, status) values
       ('acme', '192.0.2.7', 'list.example', 'ipv4', 'listed')`,
  );
  await measure(
    { accepted: 4_000, complained: 12 },
    { accepted: 4_000, provider: "outlook" },
    // Of the week before.
    { accepted: 50_000, bounced: 9_000, atMs: nowMs - 8 * dayMs },
    { tenantId: "other", nodeId: "shared", domain: "other.example", accepted: 50 },
  );
  expect(await calculate()).toBe(8);
  const [domain, gmail, node] = await Promise.all([
    found("domain", "acme.example"),
    found("domain", "acme.example", "gmail"),
    found("node", "own"),
  ]);
  expect(domain).toMatchObject({ tenantId: "acme", day, tried: 8_000, gate: "none", mailboxProvider: null });
  const costs = (of: Reputation): Record<string, number> =>
    Object.fromEntries(of.factors.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost]));
  // 0.02 % of the week before's 50,000: complaints are of mail that left then, too.
  expect(costs(domain)).toEqual({ complaints: 4, authentication: 35 });
  expect(costs(gmail)).toMatchObject({ authentication: 35 });
  expect(costs(node)).toMatchObject({ blacklists: 25 });
  expect((await found("mailbox-provider", "outlook")).score).toBe(100);
  expect(await found("domain", "other.example")).toMatchObject({ score: null, factors: [] });
  expect(await found("node", "shared")).toMatchObject({ tenantId: "*", score: null });
});

it("writes a day once however often it is asked, and keeps the history of each day", async () => {
  await measure({ accepted: 1_000 }, { accepted: 1_000, bounced: 250, atMs: nowMs + dayMs });
  await calculate();
  await calculate();
  await calculate("2026-06-01");
  // A day that is calculated anew does not stand for today.
  await calculate();
  const present = await found("domain", "acme.example");
  expect(present).toMatchObject({ day: "2026-06-01", score: 65 });
  const days = await createReputationReader(pool).listDays(present, { limit: 10 });
  expect(days.map(({ day: of, score }) => [of, score])).toEqual([
    ["2026-06-01", 65],
    [day, 100],
  ]);
  await calculate("2026-06-20");
  expect(await found("domain", "acme.example")).toMatchObject({
    score: null,
    factors: [],
    day: "2026-06-20",
  });
});

it("stops a domain at 10 % bounces, tells people and webhooks once, and spares the node that it left by", async () => {
  await measure({ accepted: 900, bounced: 100 });
  expect((await check()).changes).toEqual([
    { tenantId: "acme", kind: "domain", subject: "acme.example", gate: "stop", previous: "none" },
  ]);
  expect((await check(nowMs + 60_000)).changes).toEqual([]);
  expect(await found("domain", "acme.example")).toMatchObject({
    ...{ gate: "stop", stops: 1, resumeAt: new Date(nowMs + dayMs) },
    gateReason:
      "10 % of the last 7 days' 1,000 sent bounced (stop from 10 %). Nothing leaves until 2026-06-01T12:30:00.000Z.",
  });
  expect(await told()).toEqual(["acme reputation.stopped domain/acme.example"]);
  const { rows } = await pool.query("select type, key, data from webhook_events");
  expect(rows).toMatchObject([
    { type: "reputation.changed", key: "domain/acme.example", data: { gate: "stop", previous_gate: "none" } },
  ]);
  const keys = ["node/own", "acme/domain/acme.example", "other/domain/acme.example"];
  expect(await loadGateLimits(pool, "acme", keys)).toMatchObject([
    { scope: "reputation", key: "acme/domain/acme.example", stoppedUntil: new Date(nowMs + dayMs) },
  ]);
  // Another tenant who writes from it is not held by that.
  expect(await loadGateLimits(pool, "other", keys)).toEqual([]);
});

it("slows a node down whose mail bounces for many domains of which each has little", async () => {
  const rows = Array.from({ length: 10 }, (_, nth) => ({
    ...{ tenantId: "other", nodeId: "shared", domain: `d${nth}.example`, accepted: 46, bounced: 4 },
  }));
  await measure(...rows);
  expect((await check()).changes).toEqual([
    { tenantId: "*", kind: "node", subject: "shared", gate: "slow", previous: "none" },
  ]);
  expect(await loadGateLimits(pool, "acme", ["node/shared"])).toMatchObject([
    { scope: "reputation", key: "node/shared", perDay: 250, perHour: 21 },
  ]);
});

it("lets a stopped domain go on slowly when its time is over, and a person let it go at once, with a line in the audit log", async () => {
  await measure({ accepted: 900, bounced: 100 });
  await check();
  await check(nowMs + dayMs);
  expect(await found("domain", "acme.example")).toMatchObject({ gate: "slow", resumeAt: null, perDay: 500 });
  const by = { actor: "cli:anna", reason: "The list was cleaned" };
  expect(await releaseGate(pool, { tenantId: "acme", kind: "domain", subject: "acme.example" }, by)).toBe(
    true,
  );
  expect(await found("domain", "acme.example")).toMatchObject({
    gate: "none",
    releasedBy: "cli:anna",
    perDay: null,
  });
  // What was measured before is not held against it, nor against the node.
  expect((await check(nowMs + dayMs)).changes).toEqual([]);
  expect(await told()).toEqual([
    "acme reputation.recovered domain/acme.example",
    "acme reputation.stopped domain/acme.example",
  ]);
  const { rows } = await pool.query(
    "select actor, subject, reason from audit_log where action = 'reputation.release'",
  );
  expect(rows).toEqual([
    { actor: "cli:anna", subject: "domain/acme.example", reason: "The list was cleaned" },
  ]);
  const nothing = { tenantId: "acme", kind: "domain", subject: "unknown.example" } as const;
  expect(await releaseGate(pool, nothing, by)).toBe(false);
});

it("looks at tenants who have just sent, or whom a gate holds, and at no other", async () => {
  const page = (after: string | null): Promise<string[]> =>
    listTenantsToGate(pool, { after, limit: 10, nowMs });
  expect(await page(null)).toEqual([]);
  await measure({ accepted: 1 }, { tenantId: "other", accepted: 1, atMs: nowMs - 2 * dayMs });
  expect(await page(null)).toEqual(["acme"]);
  await pool.query(
    `insert into reputations (tenant_id, kind, subject, gate) values ('other', 'domain', 'other.example', 'warn')`,
  );
  expect(await page(null)).toEqual(["acme", "other"]);
  expect(await page("acme")).toEqual(["other"]);
});
