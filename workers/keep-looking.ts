import type { Logger } from "pino";

export interface KeepLooking {
  /** One look. Its failure is an outage: nothing is lost by it, the next look comes. */
  look: () => Promise<void>;
  /** Milliseconds from the end of a look to the next one; asked each time. */
  waitMs: () => number;
  log: Logger;
  /** Logged once an outage. */
  event: string;
}

/** Looks again and again, one look at a time. `stop` resolves when the one under way has ended. */
export function keepLooking({ look, waitMs, log, event }: KeepLooking): { stop: () => Promise<void> } {
  let away = false;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let looking: Promise<void> = Promise.resolve();

  const lookSafely = async (): Promise<void> => {
    try {
      await look();
      away = false;
    } catch (error) {
      if (!away) log.warn({ err: error }, event);
      away = true;
    }
  };
  const lookLater = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = lookSafely().finally(lookLater);
    }, waitMs());
    timer.unref();
  };
  lookLater();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return looking;
    },
  };
}
