import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { Client } from "@temporalio/client";
import { beforeAll, expect, test } from "vitest";
import { scheduleIds } from "../../domain/recurring.js";
import { temporalProgram } from "../../runtime/embedded/temporal.js";
import { applySchedules } from "../../schedules/apply.js";
import { floe as floeCommand } from "../client/cli-process.js";
import { createTestSend, people } from "../db/factories.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";

let world: World;
let client: Client;
let temporal: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  world = await startWorld({ config: { applySchedules: true } });
  const { address, namespace } = world.config.temporal;
  client = await createTemporalClient({ address, namespace });
  const program = await temporalProgram();
  temporal = async (...args) => {
    const where = ["--address", address, "--namespace", namespace];
    return (await promisify(execFile)(program, ["schedule", ...args, ...where])).stdout;
  };
});

const schedule = ["--schedule-id", "campaign-auto-complete"];

/** A campaign that is open although its only send has ended. */
async function createOpenCampaign(): Promise<string> {
  const { campaignId, sendId } = await createTestSend(world.pool, people(1));
  await world.pool.query(
    "update campaign_sends set status = 'completed', finished_at = now() where send_id = $1",
    [sendId],
  );
  await world.pool.query("update campaigns set status = 'sending' where campaign_id = $1", [campaignId]);
  return campaignId;
}

async function isCompleted(campaignId: string): Promise<boolean> {
  const { rowCount } = await world.pool.query(
    "select from campaigns where campaign_id = $1 and status = 'completed'",
    [campaignId],
  );
  return rowCount === 1;
}

test("the orchestrator made every schedule; the temporal command lists and describes them", async () => {
  const listed = await until("every schedule in the list", async () => {
    const text = await temporal("list");
    return scheduleIds.every((id) => text.includes(id)) && text;
  });
  expect(listed).toContain("queue-sampler");
  const described = await temporal(
    "describe",
    "--schedule-id",
    "campaign-analytics-aggregator",
    "-o",
    "json",
  );
  expect(described).toContain("analyticsAggregator");
  expect(described).toMatch(/buffer_?all/i);
});

test("paused by the temporal command, a schedule stays so when it is applied again, and when its code changed", async () => {
  await temporal("toggle", ...schedule, "--pause", "--reason", "an incident");
  const shown = await world.floe.schedules.get({ scheduleId: "campaign-auto-complete" });
  expect(shown).toMatchObject({ state: "paused", reason: "an incident", nextAt: null });

  const again = await applySchedules(client, { timeZone: "UTC" });
  expect(new Set(again.values())).toEqual(new Set(["unchanged"]));
  const changed = await applySchedules(client, { timeZone: "Europe/Berlin" });
  expect(new Set(changed.values())).toEqual(new Set(["updated"]));
  expect(await temporal("describe", "--schedule-id", "maintenance-cleanup", "-o", "json")).toContain(
    "Europe/Berlin",
  );
  expect(await world.floe.schedules.get({ scheduleId: "campaign-auto-complete" })).toMatchObject({
    state: "paused",
    reason: "an incident",
  });
});

test("triggered by the temporal command, a paused schedule runs once; unpaused, it has a next time", async () => {
  const campaignId = await createOpenCampaign();
  await temporal("trigger", ...schedule);
  await until("the campaign's end", () => isCompleted(campaignId));
  await temporal("toggle", ...schedule, "--unpause", "--reason", "over");
  expect(await world.floe.schedules.get({ scheduleId: "campaign-auto-complete" })).toMatchObject({
    state: "active",
    lastWorkflowId: expect.stringMatching(/^schedule\/campaign-auto-complete/) as string,
    nextAt: expect.any(Date) as Date,
  });
});

test("backfilled by the temporal command, each night writes the day before it", async () => {
  const { sendId, tenantId, contactIds } = await createTestSend(world.pool, people(1));
  for (const day of ["2026-01-05", "2026-01-06", "2026-01-09"]) {
    await world.pool.query(
      `insert into email_events (tenant_id, send_id, contact_id, kind, occurred_at) values ($1, $2, $3, 'open', $4)`,
      [tenantId, sendId, contactIds[0], `${day}T23:30:00Z`],
    );
  }
  const period = ["--start-time", "2026-01-05T12:00:00Z", "--end-time", "2026-01-08T12:00:00Z"];
  const id = ["--schedule-id", "campaign-analytics-aggregator"];
  await temporal("backfill", ...id, ...period, "--overlap-policy", "BufferAll");
  const days = await until("both days", async () => {
    const { rows } = await world.pool.query<{ day: string; opens: number }>(
      "select day, opens::int from tenant_analytics_daily where tenant_id = $1 order by day",
      [tenantId],
    );
    return rows.length >= 2 && rows;
  });
  expect(days).toEqual([
    { day: "2026-01-05", opens: 1 },
    { day: "2026-01-06", opens: 1 },
  ]);
});

test("somebody else's schedule of that name is left alone, and none is removed", async () => {
  const { address } = world.config.temporal;
  const other = await createTemporalClient({ address, namespace: "default" });
  const ids = { mine: `mine-${randomUUID()}`, taken: "queue-sampler" };
  for (const scheduleId of Object.values(ids)) {
    await other.schedule.create({
      scheduleId,
      spec: { cronExpressions: ["0 0 1 1 *"] },
      action: { type: "startWorkflow", workflowType: "theirs", taskQueue: "theirs" },
    });
  }
  const applied = await applySchedules(other, { timeZone: "UTC" });
  expect(applied.get(ids.taken)).toBe("foreign");
  expect(applied.get("campaign-processor")).toBe("created");
  const taken = await other.schedule.getHandle(ids.taken).describe();
  expect(taken.action).toMatchObject({ workflowType: "theirs" });
  expect(await other.schedule.getHandle(ids.mine).describe()).toMatchObject({ scheduleId: ids.mine });
  for (const scheduleId of [ids.mine, ...scheduleIds]) await other.schedule.getHandle(scheduleId).delete();
  await other.connection.close();
});

test("the floe command lists, pauses, triggers, backfills and resumes the same schedules", async () => {
  const { config } = world;
  const env = {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    TEMPORAL_ADDRESS: config.temporal.address,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
  };
  const floe = (...args: string[]) => floeCommand(["schedules", ...args], env);
  expect(await floe("pause", "campaign-auto-complete", "--reason", "tonight")).toMatchObject({ code: 0 });
  const listed = await floe("list");
  expect(listed.stdout).toMatch(/campaign-auto-complete +paused.+tonight/);
  expect(listed.stdout).toMatch(/queue-sampler +active/);

  const first = await createOpenCampaign();
  expect(await floe("trigger", "campaign-auto-complete")).toMatchObject({ code: 0 });
  await until("the campaign's end", () => isCompleted(first));
  const second = await createOpenCampaign();
  const period = ["--from", "2026-01-05T11:30:00Z", "--to", "2026-01-05T12:30:00Z"];
  expect(await floe("backfill", "campaign-auto-complete", ...period)).toMatchObject({ code: 0 });
  await until("the second campaign's end", () => isCompleted(second));

  expect(await floe("resume", "campaign-auto-complete")).toMatchObject({ code: 0 });
  expect((await floe("list")).stdout).toMatch(/campaign-auto-complete +active/);
  expect(await floe("pause", "nothing")).toMatchObject({
    code: 3,
    stderr: "There is no schedule nothing.\n",
  });
  const wrong = await floe("backfill", "queue-sampler", "--from", period[3] ?? "", "--to", period[1] ?? "");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("to: must be later") as string });
}, 180_000);
