import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  type QueryDefinition,
  type SignalDefinition,
} from "@temporalio/workflow";
import { searchAttributes } from "./search-attributes.js";

/** One long activity that is watched and cancelled from its workflow; its facts are in Postgres. */
export interface WatchedWork<P> {
  run(): Promise<P>;
  /** How it stands. */
  load(): Promise<P>;
  /** From here on the activity changes nothing. */
  cancel(): Promise<P>;
  /** Of how it stands: percent, and a line for people. */
  describe(progress: P): { percent: number; details: string };
}

export interface WatchedWorkMessages<P> {
  cancel: SignalDefinition;
  progress: QueryDefinition<P | null>;
}

/** How often progress is read: soon at first, then rarely, so that long work keeps a short history. */
const firstProgressMs = 2_000;
const slowestProgressMs = 60_000;

/** Runs the work to its end or until it is cancelled, by signal or by Temporal's own "cancel", which come to the same. */
export async function watchWork<P>(work: WatchedWork<P>, messages: WatchedWorkMessages<P>): Promise<P> {
  let progress: P | null = null;
  let cancelled = false;
  let settled = false;
  setHandler(messages.progress, () => progress);
  setHandler(messages.cancel, () => void (cancelled = true));
  CancellationScope.current()
    .cancelRequested.catch(() => void (cancelled = true))
    .catch(() => undefined);

  const show = (now: P): void => {
    const { percent, details } = work.describe(now);
    upsertSearchAttributes([{ key: searchAttributes.progress, value: percent }]);
    setCurrentDetails(details);
  };

  return CancellationScope.nonCancellable(async () => {
    const running = new CancellationScope({ cancellable: true });
    const result = running.run(() => work.run()).finally(() => void (settled = true));
    // Awaited below; until then a failure must not count as unhandled.
    result.catch(() => undefined);

    for (
      let everyMs = firstProgressMs;
      !settled && !cancelled;
      everyMs = Math.min(slowestProgressMs, everyMs * 1.5)
    ) {
      if (await condition(() => settled || cancelled, Math.round(everyMs))) break;
      progress = await work.load();
      show(progress);
    }
    if (cancelled && !settled) {
      await work.cancel();
      running.cancel();
    }
    progress = await result.catch((error: unknown) => {
      if (isCancellation(error)) return work.load();
      throw error;
    });
    show(progress);
    return progress;
  });
}
