import type { Request } from "express";
import { z } from "zod";
import type { Principal } from "../domain/access.js";
import { InvalidInput } from "../domain/errors.js";
import type { Operation } from "./operation.js";
import { createProblem, ProblemError } from "./problems.js";
import { fromQuery, fromWire } from "./wire.js";

export type Input = Record<string, unknown>;

const longestActor = 200;
const longestReason = 200;
/** Far more than any filter, and far less than what reads it level by level can bear. */
const deepestBody = 64;

/**
 * Parts of the path, the query of what only looks or removes, the body of everything else; with the SDK's names.
 * @throws InvalidInput for names that are not known, ProblemError for another's tenant
 */
export function readInput(
  operation: Pick<Operation, "input" | "method">,
  request: Request,
  principal: Principal,
): Input {
  const fields = fieldsOf(operation);
  const texts = fromQuery(operation.input, { ...request.query, ...request.params });
  const body = bodyOf(operation, request);
  const twice = Object.keys(request.params).filter((name) => name in body && body[name] !== texts[name]);
  if (twice.length > 0)
    throw new InvalidInput(twice.map((field) => ({ field, problem: "differs from the one in the path" })));
  const input = fromWire(operation.input, { ...body, ...texts }) as Input;
  if ("actor" in fields) input.actor = actorOf(request, principal);
  if ("because" in fields) input.because ??= reasonOf(request);
  const tenantId = "tenantId" in fields ? tenantOf(input.tenantId, principal) : undefined;
  if (tenantId !== undefined) input.tenantId = tenantId;
  return input;
}

function bodyOf({ method }: Pick<Operation, "method">, request: Request): Record<string, unknown> {
  if (method === "get" || method === "delete") return {};
  // Browsers, and `fetch`, say of a request without a body that it has none.
  const isEmpty = request.get("content-length") === "0";
  if (!isEmpty && request.is("json") === false)
    throw new ProblemError(createProblem(415, "The body must be application/json."));
  const body: unknown = request.body ?? {};
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new InvalidInput([{ field: "body", problem: "must be a JSON object" }]);
  if (isDeeperThan(deepestBody, body))
    throw new InvalidInput([{ field: "body", problem: `is nested deeper than ${deepestBody} levels` }]);
  if ("actor" in body)
    throw new InvalidInput([{ field: "actor", problem: "is whoever shows the key; leave it out" }]);
  return body as Record<string, unknown>;
}

function isDeeperThan(most: number, body: object): boolean {
  let level: object[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((value) => Object.values(value).filter(isNested));
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Who is said to do it. The platform asks for people of its own, and says for whom. */
export function actorOf(request: Request, principal: Principal): string {
  // Machines of the platform speak for others; people do not.
  const speaks = principal.tenantId === null && !principal.actor.startsWith("user:");
  const named = speaks ? request.get("floe-actor") : undefined;
  return named?.slice(0, longestActor) || principal.actor;
}

/** Headers carry ASCII: other letters come percent-encoded (RFC 3986, 2.1). What is not, stays as it came. */
export function reasonOf(request: Request): string | undefined {
  const given = request.get("floe-reason") ?? "";
  const reason = decoded(given).replace(/\p{Cc}+/gu, " ");
  return reason.slice(0, longestReason) || undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whoever belongs to a tenant need not name it, and cannot name another. */
export function tenantOf(given: unknown, { tenantId }: Principal): unknown {
  if (tenantId === null || given === tenantId) return given;
  if (given === undefined) return tenantId;
  throw new ProblemError(createProblem(403, "The key is of another tenant than tenant_id says."));
}

/** Of what was asked for, what another operation needs to look at it. */
export function refOf(operation: Operation, input: Input): Input {
  const fields = fieldsOf(operation);
  return Object.fromEntries(Object.entries(input).filter(([name]) => name in fields));
}

export function fieldsOf({ input }: Pick<Operation, "input">): Readonly<Record<string, z.ZodType>> {
  return input instanceof z.ZodObject ? input.shape : {};
}
