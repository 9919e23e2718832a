import type { Request } from "express";
import type { NewAuditEntry } from "../db/audit-log.js";
import { asTenant } from "../db/tenant-pool.js";
import type { Principal } from "../domain/access.js";
import { InvalidInput } from "../domain/errors.js";
import { kept, redacted } from "./audited.js";
import { actorOf, reasonOf, type Input } from "./operation-input.js";
import type { Operation } from "./operation.js";
import { fieldToWire } from "./wire.js";

export interface Call {
  operation: Pick<Operation, "id" | "resource" | "input">;
  principal: Principal;
  input: Input;
  request: Request;
}

/** Under the tenant that it is about; what is wrong with the input is told in the caller's names. */
export async function carryOut<T>(
  { operation, input, principal }: Omit<Call, "request">,
  fn: () => Promise<T>,
): Promise<T> {
  const tenantId = typeof input.tenantId === "string" ? input.tenantId : principal.tenantId;
  try {
    return await asTenant(tenantId, fn);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const problems = error.problems.map(({ field, problem }) => ({
      field: fieldToWire(operation.input, field),
      problem,
    }));
    throw new InvalidInput(problems, { cause: error });
  }
}

/** As the audit log has it. */
export function changeOf({ operation, principal, input, request }: Call): NewAuditEntry {
  return {
    tenantId: typeof input.tenantId === "string" ? input.tenantId : (principal.tenantId ?? "*"),
    actor: actorOf(request, principal),
    action: operation.id,
    subject: kept(Object.values(request.params).join("/")) || operation.resource,
    reason: reasonOf(request) ?? null,
    after: redacted(input),
  };
}
