import { queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";

/** How everything stands now: of the tenant, or with the platform's client of all, with queues and workers. */
export function overviewQuery(api: ApiClient, of: "tenant" | "platform") {
  return queryOptions({
    queryKey: ["queues", "overview", of],
    queryFn: ({ signal }) => answerOf(api.GET("/api/queues/overview", { signal })),
  });
}

export type Overview = Awaited<ReturnType<NonNullable<ReturnType<typeof overviewQuery>["queryFn"]>>>;
export type QueueNow = NonNullable<Overview["queues"]>[number];
export type Worker = NonNullable<Overview["workers"]>[number];
export type Hold = Overview["holds"][number];
export type LaneNow = Overview["lanes"][number];

const seriesEveryMs = 60_000;
const hourMs = 3_600_000;

/** @param days until now */
export function throughputQuery(api: ApiClient, days: number) {
  return queryOptions({
    queryKey: ["queues", "throughput", days],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/queues/throughput", { params: { query: { from: daysAgo(days) } }, signal })),
    refetchInterval: seriesEveryMs,
  });
}

export function trendsQuery(platform: ApiClient, days: number) {
  return queryOptions({
    queryKey: ["queues", "trends", days],
    queryFn: ({ signal }) =>
      answerOf(platform.GET("/api/queues/trends", { params: { query: { from: daysAgo(days) } }, signal })),
    refetchInterval: seriesEveryMs,
  });
}

export type Trends = Awaited<ReturnType<NonNullable<ReturnType<typeof trendsQuery>["queryFn"]>>>;

/** Jobs that ended within the last hour, by queue. */
export function lastHourQuery(platform: ApiClient) {
  return queryOptions({
    queryKey: ["queues", "last-hour"],
    queryFn: async ({ signal }) => {
      const query = { from: new Date(Date.now() - hourMs).toISOString(), resolution: "minute" as const };
      const { queues } = await answerOf(platform.GET("/api/queues/trends", { params: { query }, signal }));
      const ended = queues.map(({ queue, kind, points }) => {
        const count = points.reduce((sum, { completed, failed }) => sum + completed + failed, 0);
        return [`${queue} ${kind}`, count] as const;
      });
      return new Map(ended);
    },
    refetchInterval: 15_000,
  });
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * hourMs).toISOString();
}
