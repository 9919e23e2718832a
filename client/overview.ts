import type { LaneCount, QueueExtras } from "../db/queue-counts.js";
import type { RecentThroughput, RecentWork, RunningSend } from "../db/overview.js";
import type { WorkerRow } from "../db/worker-processes.js";
import { quantileOf } from "../domain/durations.js";
import { laneOfQueue, type Lane } from "../domain/lanes.js";
import { workerStateOf, type WorkerState } from "../domain/trends.js";
import type { SendHold } from "./send-holds.js";
import type { TaskQueue } from "./task-queues.js";

/** One task queue now, and what it did within the last ten minutes. */
export interface QueueNow {
  queue: string;
  lane: Lane | null;
  kind: "activity" | "workflow";
  /** Tasks that could begin now, about. */
  waiting: number;
  oldestMs: number;
  active: number;
  slots: number;
  /** Jobs that are for later. */
  delayed: number;
  dead: number;
  workers: number;
  completed: number;
  failed: number;
  perMinute: number;
  averageMs: number | null;
  p95Ms: number | null;
}

/** A worker process; of one that is `lost` nothing has been heard, and nobody ended it. */
export interface WorkerHealth extends Omit<WorkerRow, "seenAt"> {
  lastSeenAt: Date;
  state: WorkerState;
  active: number;
  slots: number;
}

/** What a limit holds back now. */
export interface HeldSend extends SendHold, RunningSend {}

export interface Overview {
  at: Date;
  /** When the series last got a sample; null: never. */
  sampledAt: Date | null;
  /** Task queues and worker processes are the platform's: null in what a tenant sees. */
  queues: QueueNow[] | null;
  workers: WorkerHealth[] | null;
  /** Open jobs of mail, of the tenant or of all. */
  lanes: LaneCount[];
  holds: HeldSend[];
  /** What left within an hour. */
  throughput: RecentThroughput[];
  deadLetters: number;
}

export interface OverviewPorts {
  describe(): Promise<TaskQueue[]>;
  countExtras(): Promise<Map<string, QueueExtras>>;
  countLanes(tenantId: string | null): Promise<LaneCount[]>;
  countDeadLetters(tenantId: string | null): Promise<number>;
  recentWork(): Promise<RecentWork[]>;
  recentThroughput(tenantId: string | null): Promise<RecentThroughput[]>;
  runningSends(tenantId: string | null, limit: number): Promise<RunningSend[]>;
  holdsOf(send: RunningSend): Promise<SendHold[]>;
  workers(): Promise<WorkerRow[]>;
  sampledAt(): Promise<Date | null>;
}

/** Each costs a question to Temporal for every partition that is under way. */
const sendsLookedAt = 20;
const recentMinutes = 10;

export async function loadOverview(ports: OverviewPorts, tenantId: string | null): Promise<Overview> {
  const [lanes, holds, throughput, deadLetters, sampledAt] = await Promise.all([
    ports.countLanes(tenantId),
    loadHolds(ports, tenantId),
    ports.recentThroughput(tenantId),
    ports.countDeadLetters(tenantId),
    ports.sampledAt(),
  ]);
  const ofPlatform = tenantId === null ? await loadPlatform(ports) : { queues: null, workers: null };
  return { at: new Date(), sampledAt, ...ofPlatform, lanes, holds, throughput, deadLetters };
}

async function loadHolds(ports: OverviewPorts, tenantId: string | null): Promise<HeldSend[]> {
  const sends = await ports.runningSends(tenantId, sendsLookedAt);
  const held = await Promise.all(
    sends.map(async (send) => (await ports.holdsOf(send)).map((hold) => ({ ...send, ...hold }))),
  );
  return held.flat();
}

async function loadPlatform(ports: OverviewPorts): Promise<{ queues: QueueNow[]; workers: WorkerHealth[] }> {
  const [described, extras, recent, workers] = await Promise.all([
    ports.describe(),
    ports.countExtras(),
    ports.recentWork(),
    listWorkerHealth(ports),
  ]);
  const living = workers.filter(({ state }) => state === "active" || state === "idle");
  const queues = described.map(({ queue, kind, backlog, backlogAgeMs, pollers }): QueueNow => {
    const own = living.flatMap((worker) => worker.queues.filter((of) => of.queue === queue));
    const work = kind === "activity" ? recent.find((of) => of.queue === queue) : undefined;
    const { completed = 0, failed = 0, busyMs = 0, durations = [] } = work ?? {};
    const ended = completed + failed;
    const counted = kind === "activity" ? own : [];
    return {
      ...{ queue, lane: laneOfQueue(queue), kind, waiting: backlog, oldestMs: backlogAgeMs },
      active: counted.reduce((sum, of) => sum + of.active, 0),
      slots: counted.reduce((sum, of) => sum + of.slots, 0),
      ...((kind === "activity" ? extras.get(queue) : undefined) ?? { delayed: 0, dead: 0 }),
      ...{ workers: pollers.length, completed, failed, perMinute: ended / recentMinutes },
      averageMs: ended > 0 ? busyMs / ended : null,
      p95Ms: quantileOf(durations, 0.95),
    };
  });
  return { queues, workers };
}

export async function listWorkerHealth(
  ports: Pick<OverviewPorts, "workers">,
  nowMs = Date.now(),
): Promise<WorkerHealth[]> {
  return (await ports.workers()).map(({ seenAt, ...row }) => {
    const active = row.queues.reduce((sum, queue) => sum + queue.active, 0);
    const slots = row.queues.reduce((sum, queue) => sum + queue.slots, 0);
    const state = workerStateOf({ seenAt, stoppedAt: row.stoppedAt, active }, nowMs);
    return {
      ...row,
      lastSeenAt: seenAt,
      state,
      active: state === "lost" || state === "stopped" ? 0 : active,
      slots,
    };
  });
}
