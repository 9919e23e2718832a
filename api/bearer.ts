import { timingSafeEqual } from "node:crypto";
import type { NextFunction, Request, Response } from "express";
import { hashOfToken } from "../client/secret-token.js";
import { createProblem, sendProblem } from "./problems.js";

/** Lets through who shows the API token (RFC 6750). Hashes are compared, so that the time it takes says nothing about it. */
export function bearer(apiToken: string | undefined) {
  const expected = apiToken === undefined ? undefined : hashOfToken(apiToken);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (expected === undefined) {
      const why = "This part of the API is switched off: no API_TOKEN is set.";
      return sendProblem(request, response, createProblem(503, why));
    }
    const [, token = ""] = /^Bearer (\S+)$/i.exec(request.get("authorization") ?? "") ?? [];
    if (timingSafeEqual(hashOfToken(token), expected)) return next();
    response.set("WWW-Authenticate", 'Bearer realm="floe"');
    sendProblem(request, response, createProblem(401, "Show the API token: Authorization: Bearer <token>."));
  };
}
