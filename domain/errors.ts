/**
 * Errors mean that the system could not do its part. What a send came to is a value (`domain/outcome`), never thrown.
 * They are mapped once to Temporal failures (`activities/failures`) and once to HTTP problem responses (`api/problems`).
 */
export type FloeErrorKind =
  "InvalidInput" | "NotFound" | "Conflict" | "Throttled" | "Unavailable" | "ConfigInvalid" | "OwnershipLost";

export class FloeError extends Error {
  readonly kind: FloeErrorKind;
  /** Ids and figures that help to find the cause; never an address or a secret. */
  readonly details: Record<string, unknown>;

  constructor(
    kind: FloeErrorKind,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = kind;
    this.kind = kind;
    this.details = options.details ?? {};
  }
}

/** One thing wrong with an input: which field, why, and what to do. */
export interface FieldProblem {
  field: string;
  problem: string;
}

/** The caller's input is wrong; nothing was changed. HTTP 422. */
export class InvalidInput extends FloeError {
  readonly problems: FieldProblem[];

  constructor(problems: FieldProblem[], options: { cause?: unknown } = {}) {
    super("InvalidInput", problems.map((p) => `${p.field}: ${p.problem}`).join("; "), {
      ...options,
      details: { problems },
    });
    this.problems = problems;
  }
}

/** HTTP 404. */
export class NotFound extends FloeError {
  constructor(what: string, id: string) {
    super("NotFound", `There is no ${what} ${id}.`, { details: { what, id } });
  }
}

/** The request contradicts the present state. HTTP 409. */
export class Conflict extends FloeError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super("Conflict", message, { details });
  }
}

/** A limit holds the work back; try again after `waitMs`. HTTP 429. */
export class Throttled extends FloeError {
  readonly waitMs: number;

  constructor(heldBy: string, waitMs: number) {
    super("Throttled", `Held back by ${heldBy} for ${waitMs} ms.`, { details: { heldBy, waitMs } });
    this.waitMs = waitMs;
  }
}

/** A part that Floe needs is away; the work pauses and is resumed. HTTP 503. */
export class Unavailable extends FloeError {
  constructor(part: string, cause?: unknown) {
    super("Unavailable", `${part} is away.`, { details: { part }, cause });
  }
}

/** What was sealed cannot be opened here: what needs it waits until a person has mended it, and goes on by itself. */
export class SecretUnreadable extends FloeError {
  /** @param what such as `the password of node n1`; @param why with what to do */
  constructor(what: string, why: string, options: { cause?: unknown } = {}) {
    super("Unavailable", `${what.charAt(0).toUpperCase()}${what.slice(1)} cannot be read: ${why}.`, {
      details: { what },
      ...options,
    });
  }
}

/** The environment or the command line is wrong. */
export class ConfigInvalid extends FloeError {
  readonly problems: FieldProblem[];

  constructor(problems: FieldProblem[]) {
    super("ConfigInvalid", problems.map((p) => `${p.field}: ${p.problem}`).join("\n"), {
      details: { problems },
    });
    this.problems = problems;
  }
}

/** Another attempt owns the batch now; this one must stop without touching it. */
export class OwnershipLost extends FloeError {
  constructor(sendId: string, batchNo: number) {
    super("OwnershipLost", `Another attempt owns batch ${batchNo} of send ${sendId}.`, {
      details: { sendId, batchNo },
    });
  }
}

/** A file that cannot be imported; the message is one sentence for the person who gave it. */
export class UnreadableFile extends Error {}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
