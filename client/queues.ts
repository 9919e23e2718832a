import type { Client } from "@temporalio/client";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { TrendStore } from "../db/trends.js";
import type { WorkCounts } from "../db/work-counts.js";
import type { SystemLoad } from "../domain/system-load.js";
import { FloeError } from "../domain/errors.js";
import { beforeDeadline } from "../throttle/deadline.js";
import { toFloeError } from "./failures.js";
import { parseInput, tenantIdSchema } from "./input.js";
import {
  listWorkerHealth,
  loadOverview,
  type Overview,
  type OverviewPorts,
  type WorkerHealth,
} from "./overview.js";
import { describeTaskQueues, type TaskQueue } from "./task-queues.js";
import { createTrends, type Trends } from "./trends.js";

export type { Overview, QueueNow, WorkerHealth } from "./overview.js";
export type { QueueTrends, Throughput } from "./trends.js";

export const statsSchema = z.strictObject({
  /** Work of this tenant; absent: of all. The queues are everybody's. */
  tenantId: tenantIdSchema.optional(),
});
export type QueueStatsQuery = z.input<typeof statsSchema>;

/** Whether a part answers, and how soon. */
export interface PartStatus {
  part: "postgres" | "redis" | "temporal" | "workers";
  up: boolean;
  ms: number;
  /** What is wrong, in a sentence. */
  problem: string | null;
}

export interface SystemStatus {
  /** True when every part is up. */
  up: boolean;
  parts: PartStatus[];
  /** Null while Redis is away. */
  load: SystemLoad | null;
}

export interface QueueStats extends WorkCounts {
  queues: TaskQueue[];
}

export const overviewSchema = z.strictObject({
  /** What of it is this tenant's; absent: everything. */
  tenantId: tenantIdSchema.optional(),
});
export type OverviewQuery = z.input<typeof overviewSchema>;

/** What operators look at first: facts from Postgres, and from Temporal about its queues. */
export interface Queues extends Trends {
  /** Never rejects for a part that is away: it says so. */
  status(): Promise<SystemStatus>;
  /** @throws InvalidInput, Unavailable */
  stats(query?: QueueStatsQuery): Promise<QueueStats>;
  /** How everything stands now: queues, lanes, workers, and which limit holds what back. @throws InvalidInput, Unavailable */
  overview(query?: OverviewQuery): Promise<Overview>;
  /** Worker processes of the last day, the newest first. @throws Unavailable */
  workers(): Promise<WorkerHealth[]>;
}

export interface QueuePorts {
  countOpenWork(tenantId: string | null): Promise<WorkCounts>;
  /** Resolves once Temporal answers. @throws Unavailable */
  connect: () => Promise<Client>;
  redis: () => Redis;
  load: () => Promise<SystemLoad>;
  pingPostgres: () => Promise<unknown>;
  overview: OverviewPorts;
  trends: TrendStore;
}

export function createQueues(ports: QueuePorts): Queues {
  const describe = async (): Promise<TaskQueue[]> => describeTaskQueues(await ports.connect());

  return {
    async status() {
      let queues: TaskQueue[] = [];
      const [load, ...answered] = await Promise.all([
        ports.load().catch(() => null),
        look("postgres", ports.pingPostgres),
        look("redis", () => beforeDeadline(ports.redis(), () => ports.redis().ping())),
        look("temporal", async () => (queues = await describe())),
      ]);
      const parts = [...answered, workersStatus(queues)];
      return { up: parts.every(({ up }) => up), parts, load };
    },
    async stats(query = {}) {
      const { tenantId = null } = parseInput(statsSchema, query);
      const [counts, queues] = await Promise.all([ports.countOpenWork(tenantId), describe()]);
      return { ...counts, queues };
    },
    overview: async (query = {}) => {
      const { tenantId = null } = parseInput(overviewSchema, query);
      return loadOverview(ports.overview, tenantId);
    },
    workers: () => listWorkerHealth(ports.overview),
    ...createTrends(ports.trends),
  };
}

const longestLookMs = 5_000;

async function look(part: PartStatus["part"], ask: () => Promise<unknown>): Promise<PartStatus> {
  const begun = performance.now();
  const problem = await within(Promise.resolve().then(ask), longestLookMs).then(
    () => null,
    (error: unknown) => {
      const known = toFloeError(error);
      return known instanceof FloeError ? known.message : "It does not answer as it should.";
    },
  );
  return { part, up: problem === null, ms: Math.round(performance.now() - begun), problem };
}

/** A queue that nobody polls is work that nobody takes up. */
function workersStatus(queues: TaskQueue[]): PartStatus {
  const idle = queues.filter(({ pollers }) => pollers.length === 0).map(({ queue }) => queue);
  const problem =
    queues.length === 0
      ? "Not known while Temporal is away."
      : idle.length > 0
        ? `Nobody polls ${[...new Set(idle)].join(", ")}.`
        : null;
  return { part: "workers", up: problem === null, ms: 0, problem };
}

async function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("late")), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
