import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from "@temporalio/client";
import { ActivityFailure, ApplicationFailure } from "@temporalio/common";
import { ConfigInvalid, Conflict, FloeError, Unavailable } from "../domain/errors.js";
import { postgresTls, tlsFaultOf } from "../domain/tls-fault.js";

/** Node's and the resolver's codes of a server that cannot be reached. */
const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT", // a socket path that is not there
]);

/** gRPC status codes (grpc.io, "Status codes"). */
const grpc = { deadlineExceeded: 4, notFound: 5, unavailable: 14 };

/**
 * True when Postgres cannot be reached or is not ready: connection exceptions (SQLSTATE class 08), too many connections
 * (53300), shutting down or starting up (57P01 to 57P03), and what node-postgres says when a connection breaks.
 */
export function isPostgresAway(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isPostgresAway)) return true;
  const code = codeOf(error);
  if (code !== undefined) return socketCodes.has(code) || /^(08...|53300|57P0[123])$/.test(code);
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  );
}

/** True when the Temporal server cannot be reached or did not answer in time. */
export function isTemporalAway(error: unknown): boolean {
  const status = grpcStatusOf(error);
  return status === grpc.unavailable || status === grpc.deadlineExceeded;
}

/** True when Temporal knows no running (or no) workflow of that id. */
export function isWorkflowGone(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcStatusOf(error) === grpc.notFound;
}

/**
 * What a caller of the SDK sees: `FloeError`s as they are, a part that is away as `Unavailable`, an update that the ledger
 * refused as `Conflict`, the rest untouched.
 */
export function toFloeError(error: unknown): unknown {
  if (error instanceof FloeError) return error;
  if (error instanceof WorkflowUpdateFailedError) return refusalOf(error) ?? error;
  const fault = tlsFaultOf(error, postgresTls);
  if (fault) return new ConfigInvalid([fault]);
  if (isTemporalAway(error)) return new Unavailable("Temporal", error);
  if (isPostgresAway(error)) return new Unavailable("Postgres", error);
  return error;
}

/** The send was cancelled between the look at it and the update. */
function refusalOf({ cause: failed }: WorkflowUpdateFailedError): Conflict | undefined {
  const refusal = failed instanceof ActivityFailure ? failed.cause : undefined;
  if (!(refusal instanceof ApplicationFailure) || refusal.type !== "Conflict") return undefined;
  return new Conflict(refusal.message, (refusal.details?.[0] ?? {}) as Record<string, unknown>);
}

function grpcStatusOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  if (error instanceof ServiceError && isGrpcServiceError(error.cause)) return error.cause.code;
  return undefined;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
