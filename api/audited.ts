import { z } from "zod";
import type { AuditLog, NewAuditEntry } from "../db/audit-log.js";
import { FloeError } from "../domain/errors.js";

/**
 * Makes a change between its two lines in the audit log: the first is there whatever happens, so that a change whose process
 * died in the middle shows as one of which nobody knows the outcome.
 */
export async function auditing<T>(
  log: Pick<AuditLog, "begin" | "finish">,
  entry: NewAuditEntry,
  change: () => Promise<T>,
): Promise<T> {
  const auditId = await log.begin(entry);
  try {
    const made = await change();
    await log.finish(auditId, "done");
    return made;
  } catch (error) {
    await log.finish(auditId, error instanceof FloeError ? `refused: ${error.kind}` : "failed");
    throw error;
  }
}

const secretNames = /secret|password|token|private_?key|^key$/i;
/** Audit logs say what was asked for, not every byte of it. */
const longestText = 500;
const mostItems = 20;

/** Input as it may be kept: without secrets, and short. */
export function redacted(value: unknown, name = ""): unknown {
  if (secretNames.test(name) && value !== null && value !== undefined) return "***";
  if (typeof value === "string") return kept(value);
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => redacted(item));
  if (!z.record(z.string(), z.unknown()).safeParse(value).success || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([key, item]) => [kept(key), redacted(item, key)]),
  );
}

/** As JSON in Postgres can have it, which knows neither NUL nor half a character. */
export function kept(text: string): string {
  const whole = text.toWellFormed().replaceAll("\0", "\ufffd");
  return whole.length > longestText ? `${whole.slice(0, longestText).toWellFormed()}…` : whole;
}
