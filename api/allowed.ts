import type { NextFunction, Request, RequestHandler, Response } from "express";
import { refusal, type Level, type Resource } from "../domain/access.js";
import { authenticated, principalOf, type Authentication } from "./authenticate.js";
import { createProblem, ProblemError } from "./problems.js";

export interface AllowedPorts {
  authentication: Pick<Authentication, "callerOf">;
  /** Of pages that may ask for who signed in, besides our own. */
  pages?: { origin: string };
}

/** Lets through who may. Before a body is read: what others send is not worth its parsing. */
export function allowed(
  { authentication, pages }: AllowedPorts,
  { method, ...wanted }: { resource: Resource; level: Level; method: string },
): RequestHandler[] {
  const permitted = (_request: Request, response: Response, next: NextFunction): void => {
    const refused = refusal(principalOf(response), { ...wanted, looks: method === "get" });
    if (refused !== null) throw new ProblemError(createProblem(403, refused));
    next();
  };
  return [authenticated(authentication, pages), permitted];
}
