import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromWallClock, toWallClock } from "../../domain/business-hours.js";
import { warmupWorkflowId } from "../../domain/ids.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import { addDays, dayOf, daysBetween } from "../../domain/warmup-clock.js";
import { curveOf } from "../../domain/warmup-curve.js";
import { warmupHealthCheckType, warmupSchedulerType } from "../../workflows/warmup-messages.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";
import { planNamed } from "./arbitraries.js";
import { allowancesOf } from "./fixture.js";

const zone = "Europe/Berlin";
const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** Temporal's time-skipping server. */
let env: TestWorkflowEnvironment;
let world: World;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({
    temporal: { address: env.address, namespace: "default" },
    config: { timeZone: zone },
  });
  // Everything that is allowed is sent: the day's mail is there as soon as the day is planned.
  await world.pool.query(`
    create function use_all() returns trigger language plpgsql as $$ begin
      insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted)
      select (new.day + time '12:00') at time zone 'UTC', gen_random_uuid(), '*', key, 'example.com', 'gmail', new.planned from warmups w where w.warmup_id = new.warmup_id;
      return null;
    end $$;
    create trigger use_all after insert on warmup_days for each row execute function use_all();`);
}, 120_000);

afterAll(() => env.teardown());

async function createNode(nodeId: string): Promise<void> {
  await world.floe.nodes.upsert({ nodeId, host: "127.0.0.1", port: world.smtp.port });
}

/** Lets time skip until then. */
async function skipTo(instantMs: number): Promise<void> {
  const waitMs = instantMs - (await env.currentTimeMs());
  if (waitMs > 0) await env.sleep(waitMs);
}

async function dayPlanned(warmupId: string, day: string) {
  await until(`${day} is planned`, async () => (await world.floe.warmups.get({ warmupId })).lastDay === day);
  return world.floe.warmups.get({ warmupId });
}

/** Midnight of the day of the next change to summer time. */
function nextSummerTime(afterMs: number): number {
  const offset = (ms: number) => toWallClock(ms, zone) - ms;
  let at = afterMs;
  while (!(offset(at) < offset(at + dayMs))) at += dayMs;
  return fromWallClock(Math.ceil(toWallClock(at, zone) / dayMs) * dayMs, zone);
}

it("a ramp of 45 days keeps to its curve to the message: begun at 23:59, over a pause, a lost workflow, a restart of the workers and a change of clocks", async () => {
  const { floe } = world;
  await createNode("ramp");
  // Clocks change in the middle of it.
  const change = nextSummerTime((await env.currentTimeMs()) + 30 * dayMs);
  const firstDay = addDays(dayOf(change, zone), -20);
  await skipTo(fromWallClock(Date.parse(firstDay) + dayMs - 60_000, zone));
  const { warmupId } = await floe.warmups.start({ kind: "node", key: "ramp", preset: "ses" });
  const handle = env.client.workflow.getHandle(warmupWorkflowId(warmupId));
  expect(await dayPlanned(warmupId, firstDay)).toMatchObject({ planned: 50, position: 0 });

  // Paused during the eleventh day, for three days.
  const noonOf = (nth: number) => fromWallClock(Date.parse(addDays(firstDay, nth)) + 12 * hourMs, zone);
  await skipTo(noonOf(10));
  const before = await dayPlanned(warmupId, addDays(firstDay, 10));
  await floe.warmups.pause({ warmupId, reason: "A holiday." });
  await skipTo(noonOf(13));
  const during = await dayPlanned(warmupId, addDays(firstDay, 13));
  expect(during).toMatchObject({
    status: "paused",
    pausedBy: "person",
    reason: "A holiday.",
    planned: before.planned,
  });
  expect(await allowancesOf(world.pool, { warmupId })).toEqual([
    `node/ramp ${before.planned} ${Math.ceil(((before.planned ?? 0) / 24) * 2)}`,
  ]);
  // Its workflow is lost, and its workers are started anew: whoever wakes it finds its row. (This server would wait for ever for
  // the worker that had a running one cached.)
  await handle.terminate("It is lost.");
  await world.restartWorkers("");
  await floe.warmups.resume({ warmupId });
  const { runId: secondRun } = await handle.describe();

  const end = (await handle.result()) as { status: string; reason: string };
  expect(end).toMatchObject({ status: "done" });
  const days = (await floe.warmups.days({ warmupId, limit: 100 })).reverse();
  const curve = curveOf(planNamed("ses"));
  // The day on which it was paused is the eleventh; that figure holds for the three days of the pause.
  const paused = [...curve.slice(0, 11), ...Array.from({ length: 3 }, () => curve[10]), ...curve.slice(11)];
  expect(days.map(({ planned }) => planned).slice(0, paused.length)).toEqual(paused);
  // One row for each day of the calendar, none left out and none twice, also where a day has 23 hours.
  expect(days.map(({ day }) => daysBetween(firstDay, day))).toEqual(days.map((_, nth) => nth));
  expect(days.length).toBe(curve.length + 3 + 1);
  expect(days.at(-1)).toMatchObject({ decision: "finish" });
  expect(days.map(({ day }) => day)).toContain(dayOf(change, zone));
  expect(await allowancesOf(world.pool, { warmupId })).toEqual([]);
  expect((await handle.describe()).runId).not.toBe(secondRun);
}, 180_000);

it("the scheduler wakes who has not planned the day, before they would by themselves; the health check pauses at once", async () => {
  const { floe, pool } = world;
  for (const key of ["early", "ill"]) await createNode(key);
  const start = async (key: string) =>
    (await floe.warmups.start({ kind: "node", key, preset: "mailtrap" })).warmupId;
  const [early, ill] = [await start("early"), await start("ill")];
  const today = dayOf(await env.currentTimeMs(), zone);
  await Promise.all([dayPlanned(early, today), dayPlanned(ill, today)]);
  const tomorrow = addDays(today, 1);
  await skipTo(fromWallClock(Date.parse(tomorrow) + 9 * hourMs, zone));
  expect((await floe.warmups.get({ warmupId: early })).lastDay).toBe(today);
  const run = async (type: string) => {
    const handle = await env.client.workflow.start(type, { workflowId: type, taskQueue: orchestrationQueue });
    await until(`${type} has ended`, async () => (await handle.describe()).status.name === "COMPLETED");
    return (await handle.result()) as unknown;
  };
  expect(await run(warmupSchedulerType)).toEqual({ woken: 2 });
  await Promise.all([dayPlanned(early, tomorrow), dayPlanned(ill, tomorrow)]);

  await pool.query("update delivery_hours set bounced = 200 where node_id = 'ill' and hour::date = $1", [
    tomorrow,
  ]);
  expect(await run(warmupHealthCheckType)).toEqual({ checked: 2, paused: 1 });
  expect(await floe.warmups.get({ warmupId: ill })).toMatchObject({
    ...{ status: "paused", pausedBy: "health", resumeOn: addDays(tomorrow, 1), planned: 300 },
  });
  expect(await allowancesOf(pool, { warmupId: ill })).toEqual(["node/ill 300 25"]);
  const resumed = await floe.warmups.resume({ warmupId: ill });
  expect(resumed).toMatchObject({ status: "active", pausedBy: null });
  for (const warmupId of [early, ill]) {
    expect(await floe.warmups.stop({ warmupId })).toMatchObject({ status: "stopped", nextDays: [] });
    expect(await allowancesOf(pool, { warmupId })).toEqual([]);
    await env.client.workflow.getHandle(warmupWorkflowId(warmupId)).result();
  }
}, 120_000);
