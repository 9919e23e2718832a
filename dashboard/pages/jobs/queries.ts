import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { JobAction, JobKind, JobStatus } from "../../../domain/jobs.js";
import { answerOf, type Answer, type ApiClient, type RowOf } from "../../data/client.js";
import { pageSize } from "../../data/page-size.js";

export type Job = RowOf<"jobs.list">;
export type JobDetail = Answer<"jobs.get">;
export type Bulk = RowOf<"job_bulks.list">;
export type BulkItem = RowOf<"job_bulks.items">;

export interface JobFilter {
  kinds?: JobKind[];
  statuses?: JobStatus[];
  search?: string;
  queue?: string;
  error?: string;
  webhook_id?: string;
  campaign_id?: string;
}

/** What an action on many is about: exactly these, or all that match. */
export type JobTarget = JobFilter & { jobs?: { kind: JobKind; job_id: string }[] };

export function jobsQuery(api: ApiClient, asked: JobFilter & { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["jobs", "list", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/jobs", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function jobQuery(api: ApiClient, path: { kind: JobKind; job_id: string }) {
  return queryOptions({
    queryKey: ["jobs", "one", path],
    queryFn: ({ signal }) => answerOf(api.GET("/api/jobs/{kind}/{job_id}", { params: { path }, signal })),
  });
}

export function bulkPreviewQuery(api: ApiClient, action: JobAction, target: JobTarget) {
  return queryOptions({
    queryKey: ["jobs", "preview", action, target],
    queryFn: async ({ signal }) => {
      const body = { action, ...target };
      const { count, counts } = await answerOf(api.POST("/api/jobs/bulks/preview", { body, signal }));
      const parts = counts.map((part) => ({ name: `${part.kind}, ${part.status}`, count: part.count }));
      return { count, parts };
    },
    // It counts rows: once a look, not every few seconds.
    refetchInterval: false,
  });
}

export function bulksQuery(api: ApiClient, asked: { before?: string | undefined }) {
  return queryOptions({
    queryKey: ["jobs", "bulks", asked],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/jobs/bulks", { params: { query: { ...asked, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function bulkQuery(api: ApiClient, bulkId: string) {
  return queryOptions({
    queryKey: ["jobs", "bulk", bulkId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/jobs/bulks/{bulk_id}", { params: { path: { bulk_id: bulkId } }, signal })),
    refetchInterval: 2_000,
  });
}

export function bulkItemsQuery(
  api: ApiClient,
  bulkId: string,
  asked: { state?: BulkItem["state"]; after?: number },
) {
  return queryOptions({
    queryKey: ["jobs", "bulk-items", bulkId, asked],
    queryFn: ({ signal }) => {
      const params = { path: { bulk_id: bulkId }, query: { ...asked, limit: pageSize } };
      return answerOf(api.GET("/api/jobs/bulks/{bulk_id}/items", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });
}
