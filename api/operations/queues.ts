import { z } from "zod";
import { statsSchema, type QueueStats } from "../../client/queues.js";
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

export const worker = z.object({ identity: z.string(), queues: z.array(z.string()), lastSeenAt: z.date() });

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
    ...{ id: "queues.workers", path: "/api/queues/workers", level: "platform", isList: true },
    summary: "Processes that have polled within the last minutes",
    input: z.strictObject({}),
    output: worker,
    call: ({ queues }) => queues.workers(),
  }),
];
