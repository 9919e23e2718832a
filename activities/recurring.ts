import { heartbeat } from "@temporalio/activity";
import { stalledAfterMs } from "../domain/recurring.js";
import { withFailures } from "./failures.js";
import type {
  AggregateDay,
  OpenWork,
  OpenWorkStore,
  QueueSampling,
  RecordFindings,
  RecordedFinding,
  WorkStarter,
} from "./recurring-ports.js";

export interface StartedWork {
  /** Started now, because no workflow had it. */
  started: OpenWork[];
  /** In somebody's hands already. */
  running: number;
}

/** Short activities behind the schedules; each may be repeated at any moment. */
export interface RecurringActivities {
  startDueWork(): Promise<StartedWork>;
  completeCampaigns(): Promise<{ completed: number }>;
  aggregateDay(input: { day: string }): Promise<{ campaigns: number }>;
  /** Starts what has no workflow; what has one is reported. */
  takeUpStalledWork(): Promise<StartedWork>;
  sampleQueues(input: { sampledAt: string }): Promise<{ queues: number }>;
}

export interface RecurringPorts {
  work: OpenWorkStore;
  starter: WorkStarter;
  aggregateDay: AggregateDay;
  queues: QueueSampling;
  recordFindings: RecordFindings;
}

const pageSize = 200;
const oldestSampleMs = 60_000;

export function createRecurringActivities(ports: RecurringPorts): RecurringActivities {
  const { work, starter, queues } = ports;
  return withFailures({
    async startDueWork() {
      const total: StartedWork = { started: [], running: 0 };
      for (let after: string | null = null; ;) {
        const page: OpenWork[] = await work.findDue(after, pageSize);
        const { started, running } = await startMissing(starter, page);
        total.started.push(...started);
        total.running += running.length;
        after = page.at(-1)?.id ?? null;
        if (page.length < pageSize || after === null) return total;
      }
    },

    completeCampaigns: async () => ({ completed: await work.completeCampaigns() }),

    aggregateDay: async ({ day }: { day: string }) => ({ campaigns: await ports.aggregateDay(day) }),

    async takeUpStalledWork() {
      const { started, running } = await startMissing(starter, await work.findIdle(stalledAfterMs));
      const stuck = running.filter(({ waits }) => !waits);
      await ports.recordFindings("stalled-job-detector", [
        ...started.map((item) => toFinding(item, "started")),
        ...stuck.map((item) => toFinding(item, "reported")),
      ]);
      return { started, running: stuck.length };
    },

    async sampleQueues({ sampledAt }: { sampledAt: string }) {
      const at = new Date(sampledAt);
      // A backfill is for a time whose queues nobody can see any more: it stays a gap.
      const samples = Date.now() - at.getTime() > oldestSampleMs ? null : await queues.sample();
      await queues.record(at, samples);
      return { queues: samples?.length ?? 0 };
    },
  });
}

async function startMissing(
  starter: WorkStarter,
  found: OpenWork[],
): Promise<{ started: OpenWork[]; running: OpenWork[] }> {
  const started: OpenWork[] = [];
  const running: OpenWork[] = [];
  for (const item of found) {
    heartbeat(item.id);
    if (await starter.isRunning(item)) {
      running.push(item);
    } else {
      await starter.start(item);
      started.push(item);
    }
  }
  return { started, running };
}

function toFinding({ kind, id, tenantId, since }: OpenWork, action: "started" | "reported"): RecordedFinding {
  const what =
    action === "started" ? "had no workflow and was started again" : "has a workflow, but nobody works on it";
  return {
    kind,
    subjectId: id,
    tenantId,
    detail: `Not worked on since ${since}; it ${what}.`,
    action,
    repairable: false,
  };
}
