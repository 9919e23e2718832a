import type { Request } from "express";
import { createProblem, ProblemError } from "../problems.js";

/** Only our own pages can send it: a foreign page would have to ask first (a preflight), and is answered nothing. */
export const csrfHeader = "floe-csrf";
const harmless = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A browser sends the cookie along whoever made it ask: what changes something must come from a page of ours.
 * @throws ProblemError
 */
export function refuseForeignScript(request: Request, publicUrl: string): void {
  if (harmless.has(request.method)) return;
  if (request.get(csrfHeader) === undefined || originOf(request, publicUrl) === "foreign")
    throw new ProblemError(createProblem(403, foreign));
}

/** The same for a form, which has no header of ours: the browser must have said where it stands. @throws ProblemError */
export function refuseForeignForm(request: Request, publicUrl: string): void {
  if (originOf(request, publicUrl) !== "own") throw new ProblemError(createProblem(403, foreign));
}

const foreign =
  "This did not come from a page of Floe's own. With a session, send the header Floe-Csrf: 1; scripts use an API key.";

/** By what browsers alone can say: Fetch Metadata, and before it Origin. */
function originOf(request: Request, publicUrl: string): "own" | "foreign" | "unsaid" {
  const site = request.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return "foreign";
  const origin = request.get("origin");
  if (origin === undefined) return site === undefined ? "unsaid" : "own";
  if (origin === new URL(publicUrl).origin) return "own";
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  return host !== undefined && host === request.get("host") ? "own" : "foreign";
}
