import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { WarmupOutlook, WarmupSteer } from "../activities/warmup-ports.js";
import type { WarmupPoolActivities } from "../activities/warmup-pool.js";
import type { WarmupActivities } from "../activities/warmup.js";
import {
  changePlanSignal,
  pauseSignal,
  planDaySignal,
  resumeSignal,
  warmupStateQuery,
  type WarmupInput,
} from "./warmup-messages.js";

const retry = { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m" } as const;
const { planWarmupDay, steerWarmup } = proxyActivities<WarmupActivities>({
  startToCloseTimeout: "1m",
  retry,
});
/** It beats: letters of a worker that died leave by another one soon. */
const { sendWarmupLetters } = proxyActivities<WarmupPoolActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "20s",
  retry,
});

/** Days that one run plans, so that its history is read at a glance. */
const daysOfRun = 30;
/** A day whose plan was not to be had is asked for again, beside the activity's own retries. */
const leastSleepMs = 1_000;

/**
 * One subject for as long as it warms up: plans the day by what the day before was measured to be, sleeps until the next one, or
 * until the scheduler or a person stirs it. All facts are in Postgres; it may be ended at any moment and started again.
 */
export async function warmup({ warmupId }: WarmupInput): Promise<WarmupOutlook | null> {
  const told: WarmupSteer[] = [];
  let stirred = 0;
  let outlook: WarmupOutlook | null = null;
  setHandler(warmupStateQuery, () => outlook);
  setHandler(planDaySignal, () => void (stirred += 1));
  setHandler(pauseSignal, (input) => void told.push({ kind: "pause", reason: input?.reason ?? null }));
  setHandler(resumeSignal, () => void told.push({ kind: "resume" }));
  setHandler(changePlanSignal, (plan) => void told.push({ kind: "change-plan", plan }));

  for (let planned = 0; ; planned += 1) {
    for (let steer = told.shift(); steer; steer = told.shift()) await steerWarmup({ warmupId, steer });
    const seen = stirred;
    outlook = await planWarmupDay({ warmupId, nowMs: Date.now() });
    if (outlook === null || outlook.wakeAtMs === null) return outlook;
    setCurrentDetails(describe(outlook));
    const isStirred = (): boolean => stirred > seen || told.length > 0;
    if (outlook.writes) await sendOverTheDay(warmupId, isStirred);
    await condition(isStirred, Math.max(leastSleepMs, outlook.wakeAtMs - Date.now()));
    if (isStirred()) continue;
    if (planned >= daysOfRun || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof warmup>({ warmupId });
  }
}

/** One letter after the other, each at its time, until the day has no more or something stirs it. */
async function sendOverTheDay(warmupId: string, isStirred: () => boolean): Promise<void> {
  while (!isStirred()) {
    const { nextAtMs } = await sendWarmupLetters({ warmupId, nowMs: Date.now() });
    if (nextAtMs === null) return;
    await condition(isStirred, Math.max(leastSleepMs, nextAtMs - Date.now()));
  }
}

function describe({
  kind,
  key,
  status,
  day,
  planned,
  position,
  curveDays,
  reason,
  wakeAtMs,
}: WarmupOutlook): string {
  const where = `day ${Math.floor(position) + 1} of ${curveDays}`;
  const next = wakeAtMs === null ? "" : `\n\nThe next day is planned by ${new Date(wakeAtMs).toISOString()}.`;
  return `**${kind} ${key}** is ${status}, ${where} of its curve: **${planned} messages** on ${day}.\n\n${reason}${next}`;
}
