import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { campaignWorkflowId } from "../../domain/ids.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { createAudience, createCampaign, limitsSeen, startWorld, type World } from "../support/world.js";

/** Temporal's time-skipping server; the day of the allowances follows its clock. */
let env: TestWorkflowEnvironment;
let world: World;
const perDay = 25;
let skippedTo = 0;
/** When the first message above the allowance had left. */
let secondDayMs: number | null = null;
let following: NodeJS.Timeout;

beforeAll(async () => {
  env = await startTimeSkipping();
  skippedTo = await env.currentTimeMs();
  following = setInterval(() => void env.currentTimeMs().then(follow), 20);
  world = await startWorld({
    temporal: { address: env.address, namespace: "default" },
    // An attempt that runs while time is skipped must not look dead.
    config: { timeZone: zoneBeforeMidnight(skippedTo), batchHeartbeatMs: 6 * 3_600_000 },
    now: () => skippedTo,
  });
});

function follow(nowMs: number): void {
  // The time before the look, so that the message cannot be later than it says.
  const beforeMs = skippedTo;
  skippedTo = nowMs;
  if (secondDayMs === null && (world?.smtp.messages.length ?? 0) > perDay) secondDayMs = beforeMs;
}

afterAll(async () => {
  clearInterval(following);
  await env.teardown();
});

it("A spent daily allowance holds the rest until midnight in the operator's time zone", async () => {
  const { floe, pool, config } = world;
  const { tenantId, nodeId } = await createAudience(world, { contacts: 40, domain: "warming.example" });
  await floe.limits.set({ scope: "node", key: nodeId, perDay });
  await limitsSeen();
  const begun = skippedTo;
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await env.client.workflow.getHandle(campaignWorkflowId(send.sendId)).result();

  expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 40, pending: 0, dead: 0 });
  // 25 on the first day, 15 after midnight. A worker's own hold lasts 30 seconds of real time, in which nights may pass.
  const dayOf = (ms: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone }).format(ms);
  expect(secondDayMs).not.toBeNull();
  expect(dayOf(secondDayMs ?? 0) > dayOf(begun)).toBe(true);
  const { rows } = await pool.query<{ settlements: number }>(
    "select count(distinct settled_at)::int as settlements from email_sends where send_id = $1",
    [send.sendId],
  );
  expect(rows[0]?.settlements).toBeGreaterThanOrEqual(2);
}, 120_000);

/** A zone in which the day ends within the hour: the wait is asked again every half minute. */
function zoneBeforeMidnight(nowMs: number): string {
  const hoursAhead = ((23 - new Date(nowMs).getUTCHours() + 12 + 24) % 24) - 12;
  // POSIX signs: Etc/GMT-3 lies three hours ahead.
  return `Etc/GMT${hoursAhead > 0 ? "-" : "+"}${Math.abs(hoursAhead)}`;
}
