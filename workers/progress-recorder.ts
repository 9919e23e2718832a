import type { Redis } from "ioredis";
import type pg from "pg";
import type { Logger } from "pino";
import { recordProgress } from "../db/progress-recorder.js";
import { ringProgress } from "../throttle/progress-bell.js";
import { keepLooking } from "./keep-looking.js";

/** @param all also of the kinds that take longer to count */
export type ProgressRecorder = (options: { all: boolean }) => Promise<void>;

export function createProgressRecorder(pool: pg.Pool, redis: Redis): ProgressRecorder {
  return async (options) => {
    const tenantIds = await recordProgress(pool, options);
    // Redis away: whoever follows looks from time to time, and the next look here is not kept waiting.
    void ringProgress(redis, tenantIds).catch(() => undefined);
  };
}

export interface KeepProgressInput {
  recordProgress: ProgressRecorder;
  log: Logger;
  everyMs?: number;
}

/** A sequence lasts for weeks. */
const looksOfWhichOneIsLong = 60;

/**
 * Tells about once a second how open work stands. The work itself does nothing for it, so that a campaign costs no
 * statement more; several processes may do this, and take turns.
 */
export function keepProgress({ recordProgress: record, log, everyMs = 1_000 }: KeepProgressInput): {
  stop: () => Promise<void>;
} {
  let looks = 0;
  return keepLooking({
    ...{ log, event: "progress.not_recorded", waitMs: () => everyMs },
    // One that fails is made up for by the next, which tells how everything stands then.
    look: async () => {
      await record({ all: looks % looksOfWhichOneIsLong === 0 });
      looks += 1;
    },
  });
}
