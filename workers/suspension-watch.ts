import type { Logger } from "pino";
import { keepLooking } from "./keep-looking.js";
import type { Wiring } from "./wiring.js";

const everyMs = 5_000;

/** Ends suspensions when their time has come: that is told then, and mail leaves again without it. */
export function keepSuspensions({
  lookAtSuspensions,
  log,
}: Pick<Wiring, "lookAtSuspensions"> & { log: Logger }): ReturnType<typeof keepLooking> {
  return keepLooking({
    look: lookAtSuspensions,
    waitMs: () => everyMs,
    log,
    event: "suspension.not_looked_at",
  });
}
