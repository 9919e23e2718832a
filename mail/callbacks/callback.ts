/** What the callbacks of all providers share. */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { InvalidInput } from "../../domain/errors.js";
import type { ProviderReport } from "../../domain/provider-reports.js";

export interface CallbackRequest {
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it came: signatures are made of octets. */
  body: Buffer;
}

export type CallbackReading =
  /** It does not prove that the provider sent it. */
  { kind: "refused"; why: string } | { kind: "proven"; reports: ProviderReport[]; token?: string };

export interface Callback {
  /**
   * Reads a request once it has proven that it comes from the provider. A `token` may be shown with one event only.
   * @throws InvalidInput (the body is none that the provider sends), Unavailable (it cannot be verified just now)
   */
  read(request: CallbackRequest): Promise<CallbackReading>;
}

export function refused(why: string): CallbackReading {
  return { kind: "refused", why };
}

/** @throws InvalidInput */
export function readJson(text: string, field = "body"): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidInput([{ field, problem: "is not JSON" }], { cause: error });
  }
}

/** @throws InvalidInput with the path of each field that is wrong, beginning with `field` */
export function readShape<T>(schema: z.ZodType<T>, value: unknown, field = "body"): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 10).map(({ path, message }) => ({
    field: [field, ...path.map(String)].join("."),
    problem: message,
  }));
  throw new InvalidInput(problems);
}

/** Longest that is kept of any text. */
const textLimit = 8_192;

/** Text without what Postgres cannot hold or a log should not. */
export const text = z
  .string("must be a text")
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  .transform((value) => value.slice(0, textLimit).replace(/[\u0000-\u001f\u007f]+/g, " "));
export const optionalText = text.nullish().transform((value) => value ?? undefined);
/** As long as the tracking links keep them. */
export const userAgent = optionalText.transform((value) => value?.slice(0, 400));

/** Seconds of the epoch, with a fraction or without. */
export const epochSeconds = z
  .number("must be seconds since 1970")
  .min(0, "must be seconds since 1970")
  .max(1e11, "must be seconds since 1970")
  .transform((seconds) => new Date(seconds * 1_000));
export const isoTime = z
  .string("must be a time (ISO 8601)")
  .max(64, "must be a time (ISO 8601)")
  .refine((value) => /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)), "must be a time (ISO 8601)")
  .transform((value) => new Date(value));

/** Clocks of others may be ahead of ours by this. */
const aheadMs = 5 * 60_000;

/** True for a signed time that a provider still repeats its callbacks at: `oldestMs` follows from how long it does. */
export function isFresh(time: Date, oldestMs: number): boolean {
  const ageMs = Date.now() - time.getTime();
  return ageMs <= oldestMs && ageMs >= -aheadMs;
}

/** Compares hashes, so that the time it takes says nothing about the secret. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

/** Name of an event whose provider gives it none. */
export function nameOf(event: unknown): string {
  return sha256(JSON.stringify(event)).toString("base64url");
}

function sha256(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}
