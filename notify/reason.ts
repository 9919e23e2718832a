import type { NotifyOutcome } from "../domain/notification-attempt.js";
import { parseRetryAfter } from "../domain/retry-after.js";

const longestDetail = 500;

/** The provider is away, has too much to do, or cannot be spoken to as things stand: later it may be otherwise. */
export function deferred(
  detail: string,
  { status = null, retryAfter }: { status?: number | null; retryAfter?: string | string[] | undefined } = {},
): NotifyOutcome {
  const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
  return {
    ...{ kind: "deferred", detail: detail.slice(0, longestDetail), status },
    ...(retryAfterMs !== null && { retryAfterMs }),
  };
}

export function ended(kind: "gone" | "rejected", detail: string, status: number): NotifyOutcome {
  return { kind, detail: detail.slice(0, longestDetail), status };
}

/** Why there was no answer, without addresses and tokens: drivers name the code in their errors. */
export function noAnswer(provider: string, error: unknown): NotifyOutcome {
  const { code, name, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return deferred(`${provider} did not answer (${code ?? cause?.code ?? name}).`);
}

export function isOverloaded(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Null when it is none, or not an object. */
export function parseAnswer(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
