import { z } from "zod";
import { overviewSchema, statsSchema, type QueueStats } from "../../client/queues.js";
import { throughputSchema, trendsSchema } from "../../client/trend-input.js";
import { lanes } from "../../domain/lanes.js";
import { resolutions } from "../../domain/trends.js";
import { operation } from "../operation.js";

const lowered = z.object({
  ...{ factor: z.number(), at: z.date() },
  ...{ memory: z.number(), queueDepth: z.number(), errorRate: z.number() },
});
export const systemLoad = z.object({ factor: z.number(), lowered: lowered.optional() });

export const systemStatus = z.object({
  up: z.boolean(),
  parts: z.array(
    z.object({
      part: z.enum(["postgres", "redis", "temporal", "workers"]),
      ...{ up: z.boolean(), ms: z.number(), problem: z.string().nullable() },
    }),
  ),
  load: systemLoad.nullable(),
});

export const queueStats = z.object({
  queues: z.array(
    z.object({
      ...{ queue: z.string(), kind: z.enum(["activity", "workflow"]), backlog: z.number() },
      ...{ backlogAgeMs: z.number(), addedPerSecond: z.number(), takenPerSecond: z.number() },
      workers: z.number(),
    }),
  ),
  work: z.array(z.object({ kind: z.string(), status: z.string(), count: z.number() })),
  deadLetters: z.number(),
});

const lane = z.enum(lanes);
const recent = { completed: z.number(), failed: z.number(), perMinute: z.number() };
const durations = { averageMs: z.number().nullable(), p95Ms: z.number().nullable() };
const kind = z.enum(["activity", "workflow"]);

export const worker = z.object({
  ...{ workerId: z.string(), state: z.enum(["active", "idle", "stopped", "lost"]), role: z.string() },
  ...{ identity: z.string(), host: z.string(), pid: z.number(), version: z.string() },
  ...{ startedAt: z.date(), lastSeenAt: z.date(), stoppedAt: z.date().nullable() },
  ...{ memory: z.number(), rssBytes: z.number(), slots: z.number(), active: z.number() },
  queues: z.array(z.object({ queue: z.string(), slots: z.number(), active: z.number() })),
  ...{ completed: z.number(), failed: z.number() },
});

const throughputFields = {
  ...{ what: z.enum(["email", "webhook"]), lane: z.string(), outcome: z.string(), count: z.number() },
};

const overview = z.object({
  ...{ at: z.date(), sampledAt: z.date().nullable() },
  queues: z
    .array(
      z.object({
        ...{ queue: z.string(), lane: lane.nullable(), kind, waiting: z.number(), oldestMs: z.number() },
        ...{ active: z.number(), slots: z.number(), delayed: z.number(), dead: z.number() },
        ...{ workers: z.number(), ...recent, ...durations },
      }),
    )
    .nullable(),
  workers: z.array(worker).nullable(),
  lanes: z.array(z.object({ lane, waiting: z.number(), active: z.number(), delayed: z.number() })),
  holds: z.array(
    z.object({
      ...{ sendId: z.string(), tenantId: z.string(), heldBy: z.string(), freeAt: z.date() },
      ...{ batches: z.number(), recipients: z.number() },
    }),
  ),
  throughput: z.array(z.object(throughputFields)),
  deadLetters: z.number(),
});

const told = { from: z.date(), to: z.date(), resolution: z.enum(resolutions), stepMs: z.number() };
const mean = z.number().nullable();

const trends = z.object({
  ...told,
  queues: z.array(
    z.object({
      ...{ queue: z.string(), lane: lane.nullable(), kind },
      points: z.array(
        z.object({
          ...{ at: z.date(), waiting: mean, active: mean, delayed: mean, dead: mean },
          ...{ mostWaiting: mean, oldestMs: mean, ...recent, ...durations },
        }),
      ),
    }),
  ),
});

const throughput = z.object({ ...told, points: z.array(z.object({ at: z.date(), ...throughputFields })) });

export function toStats({ queues, ...counts }: QueueStats) {
  return { ...counts, queues: queues.map((queue) => ({ ...queue, workers: queue.pollers.length })) };
}

const common = { resource: "queues", method: "get" } as const;

export const queueOperations = [
  operation({
    ...common,
    ...{ id: "queues.status", path: "/api/queues/status", level: "platform" },
    summary: "Which parts answer, and how soon",
    input: z.strictObject({}),
    output: systemStatus,
    call: ({ queues }) => queues.status(),
  }),
  operation({
    ...common,
    ...{ id: "queues.stats", path: "/api/queues/stats", level: "read" },
    summary: "What waits: on the queues, and as pieces of work of a tenant or of all",
    input: statsSchema,
    output: queueStats,
    call: async ({ queues }, query) => toStats(await queues.stats(query)),
  }),
  operation({
    ...common,
    ...{ id: "queues.overview", path: "/api/queues/overview", level: "read" },
    summary: "How everything stands now; a tenant sees its own lanes, holds and throughput",
    input: overviewSchema,
    output: overview,
    call: ({ queues }, query) => queues.overview(query),
  }),
  operation({
    ...common,
    ...{ id: "queues.trends", path: "/api/queues/trends", level: "platform" },
    summary: "Queues over time, by minute, hour or day",
    input: trendsSchema,
    output: trends,
    call: ({ queues }, query) => queues.trends(query),
  }),
  operation({
    ...common,
    ...{ id: "queues.throughput", path: "/api/queues/throughput", level: "read" },
    summary: "What left over time, of a tenant or of all together",
    input: throughputSchema,
    output: throughput,
    call: ({ queues }, query) => queues.throughput(query),
  }),
  operation({
    ...common,
    ...{ id: "queues.workers", path: "/api/queues/workers", level: "platform", isList: true },
    summary: "Worker processes of the last day: active, idle, stopped or lost",
    input: z.strictObject({}),
    output: worker,
    call: ({ queues }) => queues.workers(),
  }),
];
