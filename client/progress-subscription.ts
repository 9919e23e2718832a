import type { ProgressStore, UpdatesQuery } from "../db/progress.js";
import { Unavailable } from "../domain/errors.js";
import type { ProgressUpdate } from "../domain/progress.js";
import type { ProgressBell } from "../throttle/progress-bell.js";
import { createAlarm } from "./alarm.js";
import { toFloeError } from "./failures.js";

export interface ProgressSubscription {
  /** Number of the last update that the callback has taken: where another subscription resumes (`after`). */
  readonly cursor: number;
  /** No update follows; resolves when the one in hand was taken. */
  unsubscribe(): Promise<void>;
  /** Settles with the subscription; rejects with what the callback threw. */
  readonly ended: Promise<void>;
}

export interface FollowInput extends Omit<UpdatesQuery, "limit"> {
  store: Pick<ProgressStore, "readUpdates">;
  bell: ProgressBell;
  onUpdate: (update: ProgressUpdate) => void | Promise<void>;
  /** Between two looks when no bell rings: Redis is away, or there is no news. */
  pollMs?: number;
}

const pageSize = 500;

/**
 * Follows a tenant's updates: each once, in order, one at a time. Postgres alone says what they are; Redis only says that
 * it is worth looking, so that a lost message costs a moment. Postgres away: it goes on where it was.
 */
export function followProgress(input: FollowInput): ProgressSubscription {
  const { store, bell, onUpdate, pollMs = 2_000, ...query } = input;
  let cursor = query.after;
  let stopped = false;
  const alarm = createAlarm(pollMs);
  const listening = bell.listen(query.tenantId, alarm.ring);

  const look = async (after: number): Promise<number> => {
    const { updates, through } = await store.readUpdates({ ...query, after, limit: pageSize });
    for (const update of updates) {
      if (stopped) return cursor;
      await onUpdate(update);
      cursor = update.sequence;
    }
    return through;
  };

  const follow = async (): Promise<void> => {
    for (let after = cursor; !stopped;) {
      // Before the look: what rings during it is looked at again.
      alarm.hush();
      const through = await look(after).catch(unlessAway);
      const more = through !== undefined && through > after;
      after = through ?? Math.max(after, cursor);
      if (!more && !stopped) await alarm.rung();
    }
  };

  const ended = follow().finally(() => listening.stop());
  // Nobody has to look at `ended`.
  ended.catch(() => undefined);
  return {
    get cursor() {
      return cursor;
    },
    ended,
    async unsubscribe() {
      stopped = true;
      alarm.ring();
      await ended.catch(() => undefined);
    },
  };
}

function unlessAway(error: unknown): undefined {
  const known = toFloeError(error);
  if (!(known instanceof Unavailable)) throw known;
}
