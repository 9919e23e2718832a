import { createAlarm } from "../../client/alarm.js";
import { toFloeError } from "../../client/failures.js";
import { Unavailable } from "../../domain/errors.js";
import type { LiveFeed, LiveFilter, LivePage, LiveUpdate } from "./feed.js";

export interface Tail {
  /** Like the feed's, from memory for who is near the end. */
  read(filter: LiveFilter, after: string): Promise<LivePage>;
  /** Resolves when there is something behind `after`, or it may be looked again, or `signal` is aborted. */
  news(after: string, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface TailOptions {
  feed: LiveFeed;
  /** Calls when there may be news. */
  listen: (onRing: () => void) => { stop: () => void };
  /** Between two looks when no bell rings: Redis is away, or there is no news. */
  lookEveryMs: number;
  /** What could not be read for another reason than that Postgres is away. */
  onError: (error: unknown) => void;
}

const pageSize = 500;
/** Updates in memory: whoever is further behind reads Postgres. */
const mostKept = 500;

/** The end of one feed of one tenant, read once for all who follow it in this process. */
export function createTail({ feed, listen, lookEveryMs, onError }: TailOptions): Tail {
  let from: string | undefined;
  let through = "";
  let kept: LiveUpdate[] = [];
  let stopped = false;
  const waiting = new Set<() => void>();
  const alarm = createAlarm(lookEveryMs);
  const listening = listen(alarm.ring);

  /** @returns whether there may be more */
  const look = async (): Promise<boolean> => {
    if (from === undefined) {
      from = through = await feed.position();
      return true;
    }
    const page = await feed.read({}, through, pageSize);
    const more = page.updates.length > 0;
    through = page.through;
    kept.push(...page.updates);
    if (kept.length > mostKept) {
      kept = kept.slice(-mostKept / 2);
      // Behind the first that is kept, whatever lay before it.
      from = kept[0]?.sequence ?? through;
      kept.shift();
    }
    return more;
  };

  const follow = async (): Promise<void> => {
    while (!stopped) {
      // Before the look: what rings during it is looked at again.
      alarm.hush();
      const more = await look().catch((error: unknown) => {
        if (!(toFloeError(error) instanceof Unavailable)) onError(error);
        return false;
      });
      for (const wake of [...waiting]) wake();
      if (!more && !stopped) await alarm.rung();
    }
  };
  const following = follow();

  return {
    async read(filter, after) {
      if (from === undefined || feed.compare(after, from) < 0) return feed.read(filter, after, pageSize);
      if (feed.compare(after, through) >= 0) return { updates: [], through: after };
      const behind = kept.slice(firstBehind(after)).filter((update) => feed.matches(filter, update));
      const updates = behind.slice(0, pageSize);
      return { updates, through: behind.length > pageSize ? (updates.at(-1)?.sequence ?? after) : through };
    },
    news: (after, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || stopped || (through !== "" && feed.compare(after, through) < 0))
          return resolve();
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      }),
    async stop() {
      stopped = true;
      alarm.ring();
      listening.stop();
      for (const wake of [...waiting]) wake();
      await following;
    },
  };

  function firstBehind(after: string): number {
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const update = kept[middle];
      if (update && feed.compare(update.sequence, after) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
