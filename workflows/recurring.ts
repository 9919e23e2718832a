import { log, proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { RecurringActivities, StartedWork } from "../activities/recurring.js";
import { lastWholeDay } from "../domain/recurring.js";
import type { AggregateInput } from "./recurring-messages.js";
import { scheduledAt } from "./scheduled-at.js";

const recurring = proxyActivities<RecurringActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "1m",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 10 },
});

/** A day of many million events takes minutes, in one transaction. */
const aggregating = proxyActivities<RecurringActivities>({
  startToCloseTimeout: "1h",
  retry: { initialInterval: "10s", backoffCoefficient: 2, maximumInterval: "5m" },
});

/** A start that comes later than this says so. */
const lateMs = 3_600_000;

/** Every five minutes: starts what is due and in nobody's hands. Nothing starts late without saying so. */
export async function campaignProcessor(): Promise<StartedWork> {
  const result = await recurring.startDueWork();
  for (const { kind, id, since } of result.started) {
    const lateByMs = workflowInfo().startTime.getTime() - Date.parse(since);
    if (lateByMs > lateMs) log.warn("schedule.started_late", { kind, id, since, lateByMs });
  }
  return result;
}

/** Hourly: campaigns whose sends have all ended end too. */
export async function campaignAutoComplete(): Promise<{ completed: number }> {
  return recurring.completeCampaigns();
}

/** At night: the last whole day. A backfill of the schedule writes the days that belong to its times. */
export async function analyticsAggregator({ day }: AggregateInput = {}): Promise<{
  day: string;
  campaigns: number;
}> {
  const of = day ?? lastWholeDay(scheduledAt().getTime());
  return { day: of, ...(await aggregating.aggregateDay({ day: of })) };
}

/** Work that nobody has touched for half an hour is taken up again, and reported. */
export async function stalledJobDetector(): Promise<StartedWork> {
  const result = await recurring.takeUpStalledWork();
  if (result.started.length > 0)
    log.warn("schedule.stalled_work_started", { started: result.started.length });
  return result;
}

/** How much waits on each queue, as a series over time. */
export async function queueSampler(): Promise<{ queues: number }> {
  return recurring.sampleQueues({ sampledAt: scheduledAt().toISOString() });
}
