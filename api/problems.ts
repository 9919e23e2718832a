import type { ErrorRequestHandler, Request, Response } from "express";
import type { Logger } from "pino";
import {
  FloeError,
  Throttled,
  type FloeErrorKind,
  type FieldProblem,
  type InvalidInput,
} from "../domain/errors.js";
import { isPostgresAway } from "../client/failures.js";
import { messagePage, pageSecurityPolicy } from "./pages.js";
import { requestIdOf, routeOf } from "./request-id.js";

const statusOf: Record<FloeErrorKind, number> = {
  InvalidInput: 422,
  NotFound: 404,
  Conflict: 409,
  Throttled: 429,
  Unavailable: 503,
  ConfigInvalid: 500,
  OwnershipLost: 409,
};

export const titleOf: Record<number, string> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  408: "Too slow",
  409: "Conflict",
  412: "Precondition failed",
  413: "Too large",
  415: "Unsupported media type",
  422: "Invalid input",
  429: "Too many requests",
  500: "Something went wrong",
  503: "Temporarily unavailable",
};

/** RFC 9457 problem details. */
export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  detail: string;
  /** Each field that is wrong, with its place in the body (RFC 6901). */
  problems?: (FieldProblem & { pointer: string })[];
}

/** An answer that is a problem, from wherever it is found. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/**
 * The one place where errors become HTTP answers: `application/problem+json` (RFC 9457), or a page for a browser. What is
 * not ours to show (a driver's message, a stack) is logged and answered with a general sentence.
 */
export function answerProblems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = problemOf(error);
    if (problem.status >= 500)
      log.error(
        { err: error, requestId: requestIdOf(response), method: request.method, route: routeOf(request) },
        "api.failed",
      );
    if (error instanceof Throttled) response.set("Retry-After", String(Math.ceil(error.waitMs / 1000)));
    if (problem.status === 503) response.set("Retry-After", "10");
    sendProblem(request, response, problem);
  };
}

/** Answers with a problem, as a page when a person's browser asks. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  response.status(problem.status).set("Cache-Control", "no-store");
  if (request.accepts(["application/problem+json", "text/html"]) === "text/html") {
    response.set("Content-Security-Policy", pageSecurityPolicy);
    response.type("html").send(messagePage(problem.title, problem.detail));
    return;
  }
  const told = { ...problem, request_id: requestIdOf(response) };
  response.type("application/problem+json").send(JSON.stringify(told));
}

export function createProblem(status: number, detail: string): Problem {
  return { type: "about:blank", title: titleOf[status] ?? "Error", status, detail };
}

/** What an error is told as. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof FloeError) {
    const problem = createProblem(statusOf[error.kind], error.message);
    return isInvalidInput(error) ? { ...problem, problems: error.problems.map(withPointer) } : problem;
  }
  if (isForeignRow(error)) return createProblem(409, "This name is taken.");
  if (isPostgresAway(error))
    return createProblem(503, "This service is away for a moment. Please try again shortly.");
  const status = refusedByExpress(error);
  if (status !== undefined)
    return createProblem(status, titleOf[status] ?? "The request cannot be answered.");
  return createProblem(500, "The request could not be answered. It was logged and will be looked at.");
}

function withPointer({ field, problem }: FieldProblem): FieldProblem & { pointer: string } {
  // Places in filters are written as in `filter.all[1].field`.
  const plain = field.replaceAll(/\[(\d+)\]/g, ".$1");
  const parts = plain.split(".").map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
  return { field, problem, pointer: `/${parts.join("/")}` };
}

/** Row-level security refused a write: the name is taken by somebody whose rows are not seen here. */
function isForeignRow(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "42501";
}

function isInvalidInput(error: FloeError): error is InvalidInput {
  return error.kind === "InvalidInput";
}

/** Express and its body parsers mark what the caller did wrong (a malformed path, a body too large) with a 4xx status. */
function refusedByExpress(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  return error.status >= 400 && error.status < 500 ? error.status : undefined;
}
