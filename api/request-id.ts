import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { followRequest, type RequestTrail } from "../client/request-id.js";

const header = "X-Request-Id";
/** Safe in logs, headers and memos. */
const wellFormed = /^[A-Za-z0-9._-]{8,128}$/;

export interface IdentifyRequestsInput {
  log: Logger;
  /** Of the request that is being answered; absent: nothing is traced. */
  traceId?: (() => string | undefined) | undefined;
}

/**
 * Every answer has an `X-Request-Id`: the caller's own if it is 8 to 128 letters, digits, dots, dashes and underscores,
 * else a new one. It is in the log, in problems, and in the memo of workflows that the request starts.
 */
export function identifyRequests({ log, traceId }: IdentifyRequestsInput): RequestHandler {
  return (request, response, next) => {
    const given = request.get(header) ?? "";
    const trail: RequestTrail = { requestId: wellFormed.test(given) ? given : uuidv7(), workflowIds: [] };
    response.set(header, trail.requestId);
    const begun = performance.now();
    const trace = traceId?.();
    response.once("close", () => {
      const line = {
        ...trail,
        ...(trace !== undefined && { traceId: trace }),
        ...{ method: request.method, route: routeOf(request), status: response.statusCode },
        ms: Math.round(performance.now() - begun),
      };
      // Recipients open mail by the million; what they ask is not of the API.
      log[request.path.startsWith("/api/") ? "info" : "debug"](line, "api.answered");
    });
    followRequest(trail, next);
  };
}

export function requestIdOf(response: Response): string | undefined {
  return response.get(header);
}

/** The route's pattern, never the path: paths carry tokens. */
export function routeOf(request: Request): string | undefined {
  const route: unknown = request.route;
  return typeof route === "object" && route !== null && "path" in route ? String(route.path) : undefined;
}
