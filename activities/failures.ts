import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import type { BatchHold } from "../domain/batching.js";
import { FloeError, Throttled } from "../domain/errors.js";

/** Kinds that another attempt cannot mend. */
const final = new Set(["InvalidInput", "NotFound", "Conflict", "ConfigInvalid"]);

/** The one place where Floe's errors become Temporal failures. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof FloeError)) return error;
  const { kind: type, message, details } = error;
  if (error instanceof Throttled) return heldBack(message, error.waitMs);
  return ApplicationFailure.create({
    message,
    type,
    details: [details],
    nonRetryable: final.has(type),
    cause: cause(error),
  });
}

/** Gives the slot back for a while: no event in the history, no failure in the metrics. */
export function heldBack(message: string, waitMs: number, hold?: BatchHold): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: "Throttled",
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.max(1, Math.round(waitMs)),
    details: hold ? [hold] : [],
  });
}

/** Wraps every activity of a factory so that its errors are mapped. */
export function withFailures<T extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: T,
): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function cause(error: Error): Error | undefined {
  return error.cause instanceof Error ? error.cause : undefined;
}
