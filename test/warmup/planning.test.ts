import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { beforeAll, describe, expect, it } from "vitest";
import { createWarmupChecks } from "../../db/warmup-checks.js";
import { createWarmupPlanning } from "../../db/warmup-planning.js";
import { createWarmupRows } from "../../db/warmups.js";
import { addDays } from "../../domain/warmup-clock.js";
import { curveOf } from "../../domain/warmup-curve.js";
import { testDatabase } from "../setup/stack.js";
import { planNamed } from "./arbitraries.js";
import { allowancesOf, createNodeWarmup, measure, only } from "./fixture.js";

const zone = "Europe/Berlin";
let pool: pg.Pool;
beforeAll(async () => {
  ({ pool } = await testDatabase());
});

/** Nine in the morning in Berlin, in winter. */
const morningOf = (day: string) => Date.parse(`${day}T08:00:00Z`);
const planningOf = () => createWarmupPlanning(pool, zone);
const rowsOf = () => createWarmupRows(pool);
const planDay = async (warmupId: string, day: string) =>
  only(await planningOf().planDays([warmupId], morningOf(day)));

describe("the day of a warmup", () => {
  it("is planned once, whoever asks and however often, also at the same time", async () => {
    const { warmupId, key } = await createNodeWarmup(pool, "once");
    const asked = await Promise.all(Array.from({ length: 5 }, () => planDay(warmupId, "2026-02-01")));
    expect(asked.filter(({ fresh }) => fresh)).toHaveLength(1);
    expect(new Set(asked.map(({ planned }) => planned))).toEqual(new Set([50]));
    expect(await allowancesOf(pool, { warmupId })).toEqual(["node/once 50 5"]);
    await measure(pool, [{ nodeId: key, day: "2026-02-01", accepted: 50 }]);
    const [first, again] = [await planDay(warmupId, "2026-02-02"), await planDay(warmupId, "2026-02-02")];
    expect([first, again]).toMatchObject([
      { planned: 57, position: 1, decision: "advance", fresh: true },
      { planned: 57, position: 1, decision: "advance", fresh: false },
    ]);
    const days = await rowsOf().listDays(warmupId, { limit: 10 });
    expect(days).toMatchObject([
      { day: "2026-02-02", planned: 57, used: null },
      { day: "2026-02-01", planned: 50, used: 50, accepted: 50, decision: "start" },
    ]);
    // A clock that is behind plans nothing back.
    expect(await planDay(warmupId, "2026-02-01")).toMatchObject({ planned: 57, day: "2026-02-02" });
  });

  it("has an allowance for each mailbox provider, and loses those that a new plan does not have", async () => {
    const { warmupId } = await createNodeWarmup(pool, "each", { preset: "billionmail" });
    expect(await planDay(warmupId, "2026-02-01")).toMatchObject({ planned: 7_000 });
    const each = await allowancesOf(pool, { warmupId });
    expect(each).toHaveLength(7);
    expect(each).toContain("node/each/gmail 1000 84");
    await rowsOf().steerWarmup({ warmupId }, { kind: "change-plan", plan: planNamed("mailtrap") });
    // On that curve the last day of no more than 7,000 a day.
    expect(await planDay(warmupId, "2026-02-01")).toMatchObject({ planned: 6_989, fresh: false });
    expect(await allowancesOf(pool, { warmupId })).toEqual(["node/each 6989 583"]);
  });

  it("counts days on which nobody planned: a weekend is forgiven, a longer absence takes it back", async () => {
    const { warmupId, key } = await createNodeWarmup(pool, "away", {
      over: { firstDays: [10, 20, 30, 40, 50] },
    });
    for (const day of ["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"]) {
      const { planned } = await planDay(warmupId, day);
      await measure(pool, [{ nodeId: key, day, accepted: planned }]);
    }
    expect(await planDay(warmupId, "2026-02-07")).toMatchObject({ decision: "advance", planned: 50 });
    expect(await planDay(warmupId, "2026-02-10")).toMatchObject({ decision: "slide-back", planned: 20 });
    expect(await planDay(warmupId, "2026-03-20")).toMatchObject({ decision: "restart", planned: 10 });
  });
});

describe("health", () => {
  it("pauses between two days, lowers the allowance at once, tells people, and goes on by itself, later each time", async () => {
    const checks = createWarmupChecks(pool, zone);
    const page = { after: null, limit: 100 };
    const { warmupId, key } = await createNodeWarmup(pool, "ill", { over: { firstDays: [400, 800] } });
    await planDay(warmupId, "2026-02-01");
    await measure(pool, [{ nodeId: key, day: "2026-02-01", accepted: 400 }]);
    expect(await planDay(warmupId, "2026-02-02")).toMatchObject({ planned: 800 });
    expect(await checks.pauseUnhealthy({ ...page, nowMs: morningOf("2026-02-02") })).toMatchObject({
      warmups: [],
    });
    await measure(pool, [{ nodeId: key, day: "2026-02-02", accepted: 300, bounced: 100 }]);
    const paused = await checks.pauseUnhealthy({ ...page, nowMs: morningOf("2026-02-02") });
    expect(paused.warmups).toEqual([{ warmupId, tenantId: "*", kind: "node", key }]);
    expect(await planDay(warmupId, "2026-02-02")).toMatchObject({ status: "paused", planned: 400 });
    expect(await rowsOf().loadWarmup({ warmupId })).toMatchObject({
      ...{ status: "paused", pausedBy: "health", resumeOn: "2026-02-03", healthPauses: 1, position: 0 },
      reason:
        "12.5 % of the last 7 days' 800 sent bounced (stop from 10 %). Paused until 2026-02-03, with 400 messages a day.",
    });
    const { rows: told } = await pool.query(
      "select kind, severity, text from notifications where subject_id = $1",
      [warmupId],
    );
    expect(told).toMatchObject([{ kind: "warmup.paused", severity: "warning" }]);

    // What led to the pause is not judged again; what comes after it is.
    expect(await planDay(warmupId, "2026-02-03")).toMatchObject({ status: "active", decision: "resume" });
    await measure(pool, [{ nodeId: key, day: "2026-02-03", accepted: 300, bounced: 80 }]);
    expect(await planDay(warmupId, "2026-02-04")).toMatchObject({ status: "paused", decision: "stop" });
    expect(await rowsOf().loadWarmup({ warmupId })).toMatchObject({
      resumeOn: "2026-02-07",
      healthPauses: 2,
    });
    expect(await planDay(warmupId, "2026-02-05")).toMatchObject({ status: "paused", decision: "hold" });
    expect(await planDay(warmupId, "2026-02-07")).toMatchObject({ status: "active", decision: "resume" });
  });

  it("pauses a mailbox whose letters to the pool lie in junk, not one of another tenant with that address; a few say nothing", async () => {
    const checks = createWarmupChecks(pool, zone);
    const warmupId = uuidv7();
    const key = "anna@junk.example";
    await pool.query("insert into tenants (tenant_id, name) values ('junk', 'Junk'), ('junk-2', 'Junk')");
    await rowsOf().createWarmup({
      ...{ warmupId, tenantId: "junk", kind: "mailbox", key },
      plan: planNamed("mailbox"),
    });
    await planDay(warmupId, "2026-02-01");
    const letters = async (tenantId: string, address: string, placements: string[]) => {
      const mailboxId = uuidv7();
      await pool.query(
        `insert into warmup_mailboxes (mailbox_id, tenant_id, address, node_id, imap_host, imap_port, imap_secure, imap_user, imap_password)
         values ($1, $2, $3, 'n', 'h', 993, true, 'u', 'p') on conflict do nothing`,
        [mailboxId, tenantId, address],
      );
      await pool.query(
        `insert into warmup_messages (message_id, tenant_id, from_mailbox, to_mailbox, day, thread_id, due_at, status, placement, mailbox_provider)
         select gen_random_uuid(), $1, m.mailbox_id, m.mailbox_id, '2026-02-01', gen_random_uuid(), now(), 'sent', p, 'other'
         from warmup_mailboxes m, unnest($3::text[]) p where m.tenant_id = $1 and m.address = $2`,
        [tenantId, address, placements],
      );
    };
    const look = async () => {
      const page = { after: null, limit: 1_000, nowMs: morningOf("2026-02-01") };
      return (await checks.pauseUnhealthy(page)).warmups.map((paused) => paused.warmupId);
    };
    await letters(
      "junk-2",
      key,
      Array.from({ length: 40 }, () => "junk"),
    );
    await letters(
      "junk",
      key,
      Array.from({ length: 9 }, () => "junk"),
    );
    expect(await look()).not.toContain(warmupId);
    await letters("junk", key, [
      ...Array.from({ length: 6 }, () => "junk"),
      ...Array.from({ length: 5 }, () => "inbox"),
    ]);
    expect(await look()).toContain(warmupId);
    // The allowance falls to the first day's, for what people write; the pool writes nothing while it is paused.
    expect(await planDay(warmupId, "2026-02-01")).toMatchObject({ status: "paused", planned: 5 });
    expect((await rowsOf().loadWarmup({ warmupId })).reason).toContain(
      "75 % of the last 7 days' 20 letters lay in junk",
    );
  });

  it("pauses a mailbox by what came back of its own mail, not of another tenant's from that address", async () => {
    const warmupId = uuidv7();
    const key = "bert@returned.example";
    await pool.query("insert into tenants (tenant_id, name) values ('back', 'Back'), ('back-2', 'Back')");
    await rowsOf().createWarmup({
      ...{ warmupId, tenantId: "back", kind: "mailbox", key },
      plan: planNamed("mailbox"),
    });
    await planDay(warmupId, "2026-02-01");
    const answered = (tenantId: string, accepted: number, bounced: number, returned: number) =>
      pool.query(
        `insert into warmup_mailbox_hours (tenant_id, address, hour, teller, accepted, bounced, returned)
         values ($1, $2, '2026-02-01T12:00Z', gen_random_uuid(), $3, $4, $5)`,
        [tenantId, key, accepted, bounced, returned],
      );
    const look = async () => {
      const page = { after: null, limit: 1_000, nowMs: morningOf("2026-02-01") };
      const { warmups } = await createWarmupChecks(pool, zone).pauseUnhealthy(page);
      return warmups.map((paused) => paused.warmupId);
    };
    await answered("back-2", 50, 50, 0);
    await answered("back", 45, 5, 0);
    expect(await look()).not.toContain(warmupId);
    await answered("back", 0, 0, 5);
    expect(await look()).toContain(warmupId);
    expect((await rowsOf().loadWarmup({ warmupId })).reason).toContain(
      "18.2 % of the last 7 days' 55 sent bounced",
    );
  });

  it("leaves one that a person has paused to that person", async () => {
    const { warmupId, key } = await createNodeWarmup(pool, "person");
    await planDay(warmupId, "2026-02-01");
    await rowsOf().steerWarmup({ warmupId }, { kind: "pause", reason: "The list is being cleaned." });
    await measure(pool, [{ nodeId: key, day: "2026-02-01", accepted: 50, bounced: 50 }]);
    expect(await planDay(warmupId, "2026-02-02")).toMatchObject({ status: "paused", planned: 50 });
    expect(await rowsOf().loadWarmup({ warmupId })).toMatchObject({
      ...{ pausedBy: "person", reason: "The list is being cleaned." },
    });
  });
});

it("warmups keep to their curves for thirty days, planned in pages", async () => {
  const count = 1_000;
  const names = Array.from({ length: count }, (_, n) => `crowd-${n}`);
  const ids = names.map(() => uuidv7());
  const plan = planNamed("conservative");
  await pool.query(
    "insert into warmups (warmup_id, tenant_id, kind, key, plan) select i, '*', 'node', k, $3 from unnest($1::uuid[], $2::text[]) as w (i, k)",
    [ids, names, JSON.stringify(plan)],
  );
  const planning = planningOf();
  const curve = curveOf(plan);
  let used: number[] = [];
  for (let nth = 0, day = "2026-03-10"; nth < 30; nth += 1, day = addDays(day, 1)) {
    const planned = await planning.planDays(ids, morningOf(day));
    const byId = new Map(planned.map((outlook) => [outlook.warmupId, outlook]));
    const ahead = planned.filter((outlook) => outlook.planned > (curve[nth] ?? 0));
    expect(ahead).toEqual([]);
    expect(byId.size).toBe(count);
    used = ids.map((id, n) => {
      const outlook = byId.get(id);
      // Every tenth is idle on every third day, every seventh uses half.
      const share = n % 10 === 0 && nth % 3 === 0 ? 0 : n % 7 === 0 ? 0.5 : 1;
      return Math.floor((outlook?.planned ?? 0) * share);
    });
    await measure(
      pool,
      names.flatMap((nodeId, n) => (used[n] ? [{ nodeId, day, accepted: used[n] }] : [])),
    );
    // As autovacuum does. With figures of ten days ago Postgres plans some days badly: 11 to 20 s instead of 0.4.
    if (nth % 3 === 1) await pool.query("analyze warmups, warmup_days, warmup_allowances, delivery_hours");
  }
  const { rows } = await pool.query<{ position: number; warmups: number }>(
    "select position, count(*)::int as warmups from warmups where key like 'crowd-%' group by 1 order by 1 desc",
  );
  // Who used all is where the curve is; who used half never left its start.
  const diligent = ids.filter((_, n) => n % 10 !== 0 && n % 7 !== 0).length;
  expect(rows[0]).toEqual({ position: 29, warmups: diligent });
  expect(rows.at(-1)?.position).toBe(0);
  const { rows: days } = await pool.query<{ days: number }>(
    "select count(*)::int as days from warmup_days d join warmups w using (warmup_id) where w.key like 'crowd-%'",
  );
  expect(days).toEqual([{ days: 30 * count }]);
}, 240_000);
