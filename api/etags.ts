import { createHash } from "node:crypto";
import type { Request } from "express";
import type { Answer } from "../db/kept-answers.js";
import { createProblem, ProblemError } from "./problems.js";

export interface EditLocks {
  /** One after the other for each name, in all processes. */
  exclusively<T>(name: string, fn: () => Promise<T>): Promise<T>;
}

/** Nothing but 304 when the caller has it already (RFC 9110, 13.1.2). */
export function unlessKnown(request: Request, answer: Answer): Answer {
  const tag = answer.headers.ETag;
  if (tag === undefined || !listOf(request.get("if-none-match")).includes(tag)) return answer;
  return { status: 304, headers: { ETag: tag }, body: null };
}

/**
 * Makes a change only if what is changed still is what the caller saw (RFC 9110, 13.1.1): nobody else changes it over HTTP
 * between the look and the change.
 */
export function ifUnchanged<T>(
  locks: EditLocks,
  request: Request,
  { name, look, change }: { name: string; look: () => Promise<unknown>; change: () => Promise<T> },
): Promise<T> {
  const wanted = listOf(request.get("if-match"));
  return locks.exclusively(name, async () => {
    const tag = tagOf(JSON.stringify(await look()));
    if (!wanted.includes("*") && !wanted.includes(tag)) {
      const detail =
        "It was changed since you looked. Look again, and decide whether your change still holds.";
      throw new ProblemError(createProblem(412, detail));
    }
    return change();
  });
}

export function tagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
}

function listOf(header: string | undefined): string[] {
  return (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
}
