import { FloeError, type FloeErrorKind } from "../domain/errors.js";

/** What `floe` ends with; scripts may rely on it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  badInput: 2,
  notFound: 3,
  conflict: 4,
  unavailable: 5,
} as const;

export const exitCodesHelp = `
Exit codes:
    0  done
    1  failed
    2  wrong usage or input; nothing was changed
    3  there is no such thing
    4  contradicts the present state
    5  a part that Floe needs (Postgres, Temporal, Redis) is away
  130  watching was stopped by Ctrl-C; the work goes on`;

const codeOf: Record<FloeErrorKind, number> = {
  InvalidInput: exitCodes.badInput,
  ConfigInvalid: exitCodes.badInput,
  NotFound: exitCodes.notFound,
  Conflict: exitCodes.conflict,
  OwnershipLost: exitCodes.conflict,
  Throttled: exitCodes.unavailable,
  Unavailable: exitCodes.unavailable,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof FloeError ? codeOf[error.kind] : exitCodes.failed;
}
