import type { QueuePoint, ThroughputPoint, TrendStore } from "../db/trends.js";
import { quantileOf } from "../domain/durations.js";
import { laneOfQueue, type Lane } from "../domain/lanes.js";
import { resolutionMs, type Resolution } from "../domain/trends.js";
import {
  parseRange,
  throughputSchema,
  trendsSchema,
  type ThroughputQuery,
  type TrendsQuery,
} from "./trend-input.js";

export type { ThroughputQuery, TrendsQuery } from "./trend-input.js";

/** One span of time of a queue. Null: nobody looked then, or nothing ended. */
export interface TrendPoint extends Omit<QueuePoint, "queue" | "kind" | "busyMs" | "durations"> {
  perMinute: number;
  averageMs: number | null;
  p95Ms: number | null;
}

export interface QueueTrend {
  queue: string;
  /** Null: not a queue of mail. */
  lane: Lane | null;
  kind: "activity" | "workflow";
  points: TrendPoint[];
}

export interface Told {
  from: Date;
  to: Date;
  resolution: Resolution;
  /** Of a point; between two that lie further apart nobody looked. */
  stepMs: number;
}

export interface QueueTrends extends Told {
  queues: QueueTrend[];
}

export interface Throughput extends Told {
  points: ThroughputPoint[];
}

export interface Trends {
  /** Queues over time, by minute, hour or day. @throws InvalidInput, Unavailable */
  trends(query?: TrendsQuery): Promise<QueueTrends>;
  /** What left over time, of a tenant or of all together. @throws InvalidInput, Unavailable */
  throughput(query?: ThroughputQuery): Promise<Throughput>;
}

export function createTrends(store: TrendStore, now: () => number = Date.now): Trends {
  return {
    async trends(query = {}) {
      const { queue = null, ...range } = parseRange(trendsSchema, query);
      const rows = await store.listQueuePoints({ ...range, queue });
      return { ...told(range), queues: toTrends(rows, range, now()) };
    },
    async throughput(query = {}) {
      const { tenantId = null, ...range } = parseRange(throughputSchema, query);
      return { ...told(range), points: await store.listThroughput({ ...range, tenantId }) };
    },
  };
}

function told({ from, to, resolution }: Omit<Told, "stepMs">): Told {
  return { from, to, resolution, stepMs: resolutionMs[resolution] };
}

function toTrends(rows: readonly QueuePoint[], { resolution }: { resolution: Resolution }, nowMs: number) {
  const trends = new Map<string, QueueTrend>();
  for (const { queue, kind, ...point } of rows) {
    const key = `${queue} ${kind}`;
    const trend = trends.get(key) ?? { queue, lane: laneOfQueue(queue), kind, points: [] };
    trend.points.push(toPoint(point, resolution, nowMs));
    trends.set(key, trend);
  }
  return [...trends.values()];
}

function toPoint(
  { busyMs, durations, ...point }: Omit<QueuePoint, "queue" | "kind">,
  resolution: Resolution,
  nowMs: number,
): TrendPoint {
  const ended = point.completed + point.failed;
  // The span that is not over yet has lasted until now.
  const lastedMs = Math.min(resolutionMs[resolution], Math.max(1_000, nowMs - point.at.getTime()));
  return {
    ...point,
    perMinute: (ended / lastedMs) * 60_000,
    averageMs: ended > 0 ? busyMs / ended : null,
    p95Ms: quantileOf(durations, 0.95),
  };
}
