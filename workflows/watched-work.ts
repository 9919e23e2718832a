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
  /** What follows each end. */
  ended?(): Promise<void>;
}

export interface WatchedWorkMessages<P> {
  cancel: SignalDefinition;
  /** The failed work is open again in Postgres. */
  revived: SignalDefinition;
  progress: QueryDefinition<P | null>;
}

/** How often progress is read: soon at first, then rarely, so that long work keeps a short history. */
const firstProgressMs = 2_000;
const slowestProgressMs = 60_000;

/**
 * Runs the work to its end or until it is cancelled, by signal or by Temporal's own "cancel", which come to the same. Work that
 * is revived while its workflow closes is run again by it: a start would have found it running, and left it to close.
 */
export async function watchWork<P>(work: WatchedWork<P>, messages: WatchedWorkMessages<P>): Promise<P> {
  let progress: P | null = null;
  let revived = false;
  let cancelled = false;
  setHandler(messages.progress, () => progress);
  setHandler(messages.cancel, () => void (cancelled = true));
  setHandler(messages.revived, () => {
    revived = true;
    // It was of the work before.
    cancelled = false;
  });
  CancellationScope.current()
    .cancelRequested.catch(() => void (cancelled = true))
    .catch(() => undefined);

  const show = (now: P): void => {
    const { percent, details } = work.describe(now);
    upsertSearchAttributes([{ key: searchAttributes.progress, value: percent }]);
    setCurrentDetails(details);
  };

  const runOnce = async (): Promise<P> => {
    let settled = false;
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
    return result.catch((error: unknown) => {
      if (isCancellation(error)) return work.load();
      throw error;
    });
  };

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      revived = false;
      const reached = await runOnce();
      progress = reached;
      show(reached);
      await work.ended?.();
      if (!revived) return reached;
    }
  });
}
