export interface Alarm {
  ring: () => void;
  hush: () => void;
  /** Resolves once it has rung since it was hushed, or after the longest wait. */
  rung: () => Promise<void>;
}

/** Wakes whoever looks for news: when there may be some, and from time to time. */
export function createAlarm(longestMs: number): Alarm {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rang = true;
      wake?.();
    },
    hush: () => void (rang = false),
    rung: () =>
      new Promise((resolve) => {
        if (rang) return resolve();
        const timer = setTimeout(resolve, longestMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
