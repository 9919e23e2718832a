import { toFloeError } from "./failures.js";

/**
 * The same calls, whose rejections speak Floe's language: a driver's or gRPC's "cannot connect" becomes `Unavailable`. Done
 * once for all calls instead of in each.
 */
export function withFloeErrors<Calls extends object>(calls: Calls): Calls {
  const guarded = Object.entries(calls).map(([name, call]: [string, unknown]) => [name, guard(call)]);
  return Object.fromEntries(guarded) as Calls;
}

function guard(call: unknown): unknown {
  if (typeof call !== "function") return call;
  return async (...args: unknown[]): Promise<unknown> => {
    try {
      return await (call as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      throw toFloeError(error);
    }
  };
}
