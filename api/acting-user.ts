import type { Principal } from "../domain/access.js";
import { InvalidInput } from "../domain/errors.js";
import { createProblem, ProblemError } from "./problems.js";

const people = /^user:([0-9a-f-]{36})$/;

/**
 * Somebody who signed in asks for themself; a key for whom it names, or for nobody in particular.
 * @throws ProblemError for somebody else's, and for keys that only look
 */
export function actingUser(
  principal: Principal,
  named: string | undefined,
  level: "read" | "self" = "read",
): string | undefined {
  const signedIn = people.exec(principal.actor)?.[1];
  if (signedIn === undefined) {
    if (level === "self" && principal.role === "viewer")
      throw new ProblemError(createProblem(403, "This needs the role operator; the key's is viewer."));
    return named;
  }
  if (named !== undefined && named !== signedIn)
    throw new ProblemError(createProblem(403, "This is somebody else's; leave user out for your own."));
  return signedIn;
}

/**
 * Who signed in, wherever they act; or whom a key names, of its tenant.
 * @throws InvalidInput for a key that names nobody
 */
export function requirePerson(
  principal: Principal,
  { tenantId, user }: { tenantId?: string | null | undefined; user?: string | undefined },
  level: "read" | "self" = "read",
): { tenantId: string | null; user: string } {
  const person = requireActingUser(principal, user, level);
  const isOwn = people.exec(principal.actor)?.[1] === person;
  return { tenantId: isOwn ? null : (tenantId ?? null), user: person };
}

/** The same where it must be somebody. @throws InvalidInput for a key that names nobody */
export function requireActingUser(
  principal: Principal,
  named: string | undefined,
  level: "read" | "self" = "read",
): string {
  const user = actingUser(principal, named, level);
  if (user === undefined)
    throw new InvalidInput([{ field: "user", problem: "is missing; a key says whose they are" }]);
  return user;
}
