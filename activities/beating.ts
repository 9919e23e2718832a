import { heartbeat } from "@temporalio/activity";

/** Well within the shortest heartbeat timeout of what beats. */
const everyMs = 5_000;

/**
 * Tells Temporal while `work` runs that this worker lives, so that an attempt that died with its worker is replaced after the
 * heartbeat timeout instead of the whole time it might have taken. Without details: work that has some beats by itself.
 */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Every activity of a factory, beating. */
export function withBeats<T extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: T,
): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    (...args: never[]) => beating(() => activity(...args)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
