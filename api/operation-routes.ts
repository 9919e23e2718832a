import express, { Router, type Request, type Response } from "express";
import type { FloeCalls } from "../client/assemble.js";
import type { AuditLog } from "../db/audit-log.js";
import type { Answer, AnswerStore } from "../db/kept-answers.js";
import type { Principal } from "../domain/access.js";
import { allowed } from "./allowed.js";
import { admit } from "./admission.js";
import { auditing } from "./audited.js";
import { principalOf, type Authentication } from "./authenticate.js";
import { ifUnchanged, unlessKnown, type EditLocks } from "./etags.js";
import { keepAnswers } from "./kept-answers.js";
import { toAnswer, toBody } from "./operation-answer.js";
import { carryOut, changeOf } from "./operation-call.js";
import { readInput, refOf, type Input } from "./operation-input.js";
import type { Operation } from "./operation.js";
import { createProblem, ProblemError } from "./problems.js";

export interface OperationPorts {
  floe: FloeCalls;
  authentication: Pick<Authentication, "callerOf">;
  answers: AnswerStore;
  audit: Pick<AuditLog, "begin" | "finish">;
  locks: EditLocks;
}

interface Asked {
  operation: Operation;
  principal: Principal;
  input: Input;
  request: Request;
  response: Response;
}

const megabyte = 1024 * 1024;

/** Routes of a table of operations; what else a path is asked for is answered with what it takes. */
export function createOperationRoutes(ports: OperationPorts, operations: readonly Operation[]): Router {
  const router = Router();
  const lookUp = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    router[operation.method](
      operation.path,
      ...allowed(ports, operation),
      express.json({ limit: operation.largestBody ?? megabyte }),
      async (request, response) => {
        const principal = principalOf(response);
        const input = readInput(operation, request, principal);
        const { status, headers, body } = await answer(ports, lookUp, {
          ...{ operation, principal, input, request, response },
        });
        response.status(status).set(headers).end(body);
      },
    );
  }
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const methods = operations.filter((one) => one.path === path).map(({ method }) => method.toUpperCase());
    router.all(path, (_request, response) => {
      response.set("Allow", methods.join(", "));
      throw new ProblemError(createProblem(405, `This takes ${methods.join(" or ")}.`));
    });
  }
  return router;
}

async function answer(
  ports: OperationPorts,
  lookUp: ReadonlyMap<string, Operation>,
  asked: Asked,
): Promise<Answer> {
  const { operation, request, principal, input } = asked;
  await admitCaller(ports, asked);
  // Also what only an owner or the platform may look at: no change, no line in the audit log.
  if (operation.method === "get" || operation.level === "read")
    return unlessKnown(request, toAnswer(operation, asked, await call(ports, asked)));

  const made = (): Promise<unknown> =>
    operation.recorded
      ? call(ports, asked)
      : auditing(ports.audit, changeOf(asked), () => call(ports, asked));
  const change = async (): Promise<Answer> => toAnswer(operation, asked, await made());
  const seen = lookUp.get(operation.edits ?? "");
  const run = (): Promise<Answer> => {
    if (!seen || request.get("if-match") === undefined) return change();
    const looked = { ...asked, operation: seen, input: refOf(seen, input) };
    const look = async (): Promise<unknown> => toBody(seen, looked.input, await call(ports, looked));
    // Of what is changed, not of the path: a pause and a cancel wait for one another.
    const name = `${seen.id} ${JSON.stringify(looked.input)}`;
    return ifUnchanged(ports.locks, request, { name, look, change });
  };
  if (operation.method !== "post" || operation.keepsKeys) return run();
  return keepAnswers(ports.answers, { request, owner: principal.id, secret: operation.secret ?? false }, run);
}

/** A key has a limit of its own; the platform's requests are held back only where a tenant's work is. */
async function admitCaller(
  { floe }: OperationPorts,
  { operation: { limit }, principal, input, response }: Asked,
): Promise<void> {
  const of = { tenantId: input.tenantId, user: input.user ?? input.userId };
  if (limit !== undefined) return admit(floe.rateLimits, response, { limit, ...of });
  if (principal.tenantId === null) return;
  await admit(floe.rateLimits, response, {
    limit: "api",
    tenantId: principal.tenantId,
    user: principal.actor,
  });
}

async function call({ floe }: OperationPorts, asked: Asked): Promise<unknown> {
  const { operation, input, principal, request } = asked;
  const idempotencyKey = request.get("idempotency-key");
  return carryOut(asked, () => operation.call(floe, input, { principal, idempotencyKey }));
}
