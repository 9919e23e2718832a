import express, { Router } from "express";
import type { RateLimitRequest, RateLimits, RateLimitsQuery } from "../client/rate-limits.js";
import type { RateLimitStatus } from "../domain/rate-limits.js";
import type { SystemLoad } from "../domain/system-load.js";
import { showRateLimit } from "./admission.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";

export interface RateLimitRoutePorts {
  rateLimits: RateLimits;
  apiToken: string | undefined;
}

const path = "/api/queue/rate-limit";
const names = { tenant_id: "tenantId", user_id: "user", limit: "limit", cost: "cost" };

/**
 * Rate limits over HTTP: `GET` (status), `POST` (check, which counts; 429 when it is refused) and `DELETE` (reset) of
 * `/api/queue/rate-limit`. JSON in snake_case; errors are problem details that name the field.
 */
export function createRateLimitRoutes({ rateLimits, apiToken }: RateLimitRoutePorts): Router {
  const router = Router();
  router.use(path, bearer(apiToken));

  // What the caller sent is checked by the SDK, field by field.
  router.get(path, async (request, response) => {
    const query = readNames(request.query, names);
    const { limits, load } = await withNames(names, () => rateLimits.status(query as RateLimitsQuery));
    response.json({ limits: limits.map(toJson), load: loadToJson(load) });
  });

  router.post(path, express.json(), async (request, response) => {
    const body = readNames(request.body, names);
    const check = await withNames(names, () => rateLimits.check(body as RateLimitRequest));
    showRateLimit(response, check);
    if (!check.allowed) response.status(429);
    response.json({ allowed: check.allowed, wait_ms: check.waitMs, ...toJson(check) });
  });

  router.delete(path, async (request, response) => {
    const query = readNames(request.query, names);
    await withNames(names, () => rateLimits.reset(query as RateLimitsQuery));
    response.status(204).end();
  });
  return router;
}

function toJson(status: RateLimitStatus) {
  return {
    limit: status.limit,
    enabled: status.enabled,
    per_second: status.perSecond,
    burst: status.burst,
    remaining: status.remaining,
    reset_ms: status.resetMs,
    load_factor: status.loadFactor,
  };
}

export function loadToJson({ factor, lowered }: SystemLoad) {
  if (!lowered) return { factor };
  return {
    factor,
    lowered: {
      factor: lowered.factor,
      at: lowered.at,
      memory: lowered.memory,
      queue_depth: lowered.queueDepth,
      error_rate: lowered.errorRate,
    },
  };
}
