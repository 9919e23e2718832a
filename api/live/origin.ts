import type { IncomingMessage } from "node:http";
import { createProblem, ProblemError } from "../problems.js";

/**
 * A browser says from which page a connection comes, and lets every page connect to everywhere: only pages of this server and
 * those that were named may. Who is no browser sends no origin.
 * @throws ProblemError 403
 */
export function requireOrigin({ headers }: IncomingMessage, allowed: readonly string[]): void {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new ProblemError(
    createProblem(403, `Pages of ${origin.slice(0, 200)} may not connect; LIVE_ORIGINS says which may.`),
  );
}
