import { Router } from "express";
import type { ProgressQuery, ProgressRef, ProgressReports } from "../client/progress.js";
import type { Progress } from "../domain/progress.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";

export interface ProgressRoutePorts {
  progress: Pick<ProgressReports, "get" | "list" | "delete">;
  apiToken: string | undefined;
}

const path = "/api/queue/progress";
const names = {
  ...{ tenant_id: "tenantId", id: "id", user_id: "user" },
  ...{ status: "status", before: "before", limit: "limit" },
};

/**
 * Progress over HTTP: `GET` (all of a tenant or user, newest first), `GET ?id=` (one), `DELETE ?id=` of
 * `/api/queue/progress`. JSON in snake_case; errors are problem details that name the field.
 */
export function createProgressRoutes({ progress, apiToken }: ProgressRoutePorts): Router {
  const router = Router();
  router.use(path, bearer(apiToken));

  router.get(path, async (request, response) => {
    const { limit, ...query } = readNames(request.query, names);
    const found = await withNames(names, async () => {
      if ("id" in query) return progress.get(query as ProgressRef);
      const rows = limit === undefined ? undefined : Number(limit);
      return progress.list({ ...query, limit: rows } as ProgressQuery);
    });
    response.json(Array.isArray(found) ? { progress: found.map(progressToJson) } : progressToJson(found));
  });

  router.delete(path, async (request, response) => {
    const query = readNames(request.query, names);
    await withNames(names, () => progress.delete(query as ProgressRef));
    response.status(204).end();
  });
  return router;
}

export function progressToJson(progress: Progress) {
  return {
    id: progress.id,
    tenant_id: progress.tenantId,
    user_id: progress.user,
    kind: progress.kind,
    status: progress.status,
    total: progress.total,
    processed: progress.processed,
    failed: progress.failed,
    message: progress.message,
    sequence: progress.sequence,
    created_at: progress.createdAt,
    started_at: progress.startedAt,
    updated_at: progress.updatedAt,
    finished_at: progress.finishedAt,
  };
}
