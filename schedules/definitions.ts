import type { ScheduleId } from "../domain/recurring.js";
import { blacklistCheckerType } from "../workflows/blacklist-messages.js";
import { domainCheckerType } from "../workflows/domain-check-messages.js";
import { reputationCalculatorType, reputationGateCheckType } from "../workflows/reputation-messages.js";
import { planningHour } from "../domain/warmup-clock.js";
import { warmupEngagementSimulatorType } from "../workflows/warmup-engagement-messages.js";
import { warmupHealthCheckType, warmupSchedulerType } from "../workflows/warmup-messages.js";
import {
  analyticsAggregatorType,
  campaignAutoCompleteType,
  campaignProcessorType,
  consistencyCheckType,
  maintenanceCleanupType,
  queueSamplerType,
  stalledJobDetectorType,
  type CheckInput,
  type CleanupInput,
} from "../workflows/recurring-messages.js";

/** One recurring piece of work. Cron is in the configured time zone. */
export interface ScheduleDefinition {
  scheduleId: ScheduleId;
  when: { cron: string } | { everyMs: number };
  /** `SKIP`: not while the one before runs; `BUFFER_ALL`: one after the other, none left out. */
  overlap: "SKIP" | "BUFFER_ALL";
  /** How late a start that was missed may still be made. */
  catchUpMs: number;
  workflowType: string;
  args: unknown[];
  /** What operators read beside it. */
  note: string;
}

const minutes = 60_000;
const hours = 60 * minutes;
const days = 24 * hours;

const cleanup: CleanupInput = { dryRun: false };
/** Two nights' overlap: a send that ends while it runs is seen by the next one. */
const check: CheckInput = { repair: false, days: 2 };

export const scheduleDefinitions: readonly ScheduleDefinition[] = [
  {
    scheduleId: "campaign-processor",
    when: { everyMs: 5 * minutes },
    overlap: "SKIP",
    catchUpMs: 10 * minutes,
    workflowType: campaignProcessorType,
    args: [],
    note: "Starts scheduled sends and emails that are due and have no workflow.",
  },
  {
    scheduleId: "campaign-auto-complete",
    when: { cron: "0 * * * *" },
    overlap: "SKIP",
    catchUpMs: 1 * hours,
    workflowType: campaignAutoCompleteType,
    args: [],
    note: "Ends campaigns whose sends have all ended.",
  },
  {
    scheduleId: "campaign-analytics-aggregator",
    when: { cron: "0 2 * * *" },
    // Each run is a day of its own.
    overlap: "BUFFER_ALL",
    catchUpMs: 7 * days,
    workflowType: analyticsAggregatorType,
    args: [],
    note: "Writes the daily tables of the last whole day.",
  },
  {
    scheduleId: "maintenance-cleanup",
    when: { cron: "30 3 * * *" },
    overlap: "SKIP",
    catchUpMs: 12 * hours,
    workflowType: maintenanceCleanupType,
    args: [cleanup],
    note: "Removes what is older than its retention.",
  },
  {
    scheduleId: "stalled-job-detector",
    when: { everyMs: 10 * minutes },
    overlap: "SKIP",
    catchUpMs: 10 * minutes,
    workflowType: stalledJobDetectorType,
    args: [],
    note: "Takes up work that nobody has touched for 30 minutes.",
  },
  {
    scheduleId: "queue-sampler",
    when: { everyMs: 1 * minutes },
    overlap: "SKIP",
    // A sample of then cannot be taken now.
    catchUpMs: 1 * minutes,
    workflowType: queueSamplerType,
    args: [],
    note: "Records how much waits on each queue.",
  },
  {
    scheduleId: "consistency-check",
    when: { cron: "0 4 * * *" },
    overlap: "SKIP",
    catchUpMs: 12 * hours,
    workflowType: consistencyCheckType,
    args: [check],
    note: "Compares ledger, counters and workflows; repairs nothing by itself.",
  },
  {
    scheduleId: "blacklist-checker",
    // Not on the hour, when everybody asks.
    when: { cron: "17 * * * *" },
    overlap: "SKIP",
    catchUpMs: 1 * hours,
    workflowType: blacklistCheckerType,
    args: [],
    note: "Asks DNS blacklists about the addresses and domains that mail leaves from.",
  },
  {
    scheduleId: "domain-checker",
    when: { cron: "40 5 * * *" },
    overlap: "SKIP",
    catchUpMs: 12 * hours,
    workflowType: domainCheckerType,
    args: [],
    note: "Looks up how the domains that mail comes from are authenticated.",
  },
  {
    scheduleId: "warmup-scheduler",
    when: { cron: `0 ${planningHour} * * *` },
    overlap: "SKIP",
    // Later, each has planned its day by itself.
    catchUpMs: 2 * hours,
    workflowType: warmupSchedulerType,
    args: [],
    note: "Has every warmup plan its day.",
  },
  {
    scheduleId: "warmup-health-check",
    when: { cron: "15 * * * *" },
    overlap: "SKIP",
    catchUpMs: 1 * hours,
    workflowType: warmupHealthCheckType,
    args: [],
    note: "Pauses warmups whose bounces or complaints are too many.",
  },
  {
    scheduleId: "warmup-engagement-simulator",
    when: { cron: "45 * * * *" },
    overlap: "SKIP",
    catchUpMs: 1 * hours,
    workflowType: warmupEngagementSimulatorType,
    args: [],
    note: "Has every mailbox that opted in look for letters of the others.",
  },
  {
    scheduleId: "reputation-calculator",
    when: { cron: "0 2 * * *" },
    // Each run is a day of its own.
    overlap: "BUFFER_ALL",
    catchUpMs: 7 * days,
    workflowType: reputationCalculatorType,
    args: [],
    note: "Scores domains, nodes and mailbox providers of the last whole day.",
  },
  {
    scheduleId: "reputation-gate-check",
    when: { everyMs: 15 * minutes },
    overlap: "SKIP",
    catchUpMs: 15 * minutes,
    workflowType: reputationGateCheckType,
    args: [],
    note: "Slows down or stops domains and nodes whose bounces or complaints are too many.",
  },
];
