import { heartbeat } from "@temporalio/activity";
import type { ReplayProgress } from "../domain/dead-letters.js";
import { pacedPauseMs } from "../domain/pacing.js";
import type { ReplayStore, WakeWork } from "./replay-ports.js";

export interface ReplayPage {
  progress: ReplayProgress;
  /** Before the next page, so that the rate holds. */
  waitMs: number;
}

export interface ReplayActivities {
  /** Takes up one page of a replay and tells its work. May be repeated: nothing is taken up twice. */
  replayPage(input: { replayId: string }): Promise<ReplayPage>;
}

export interface ReplayPorts {
  store: ReplayStore;
  wake: WakeWork;
  /** Letters taken up again. */
  observe: (taken: number) => void;
}

/** Workflows that are told at once: a development server starts some thirty a second. */
const toldAtOnce = 10;

export function createReplayActivities({ store, wake, observe }: ReplayPorts): ReplayActivities {
  async function tell(replayId: string): Promise<void> {
    const { deadLetterIds, work } = await store.loadRevived(replayId);
    if (deadLetterIds.length === 0) return;
    for (let i = 0; i < work.length; i += toldAtOnce) {
      await Promise.all(work.slice(i, i + toldAtOnce).map((one) => wake(one)));
      heartbeat();
    }
    await store.markReplayed(replayId, deadLetterIds);
    observe(deadLetterIds.length);
  }

  return {
    async replayPage({ replayId }) {
      const beganMs = Date.now();
      // What an attempt that died has left behind goes first, whether the replay is paused by now or not.
      await tell(replayId);
      const { taken, perSecond } = await store.revivePage(replayId);
      if (taken > 0) await tell(replayId);
      const progress = await store.settleReplay(replayId);
      return { progress, waitMs: pacedPauseMs(taken, perSecond, Date.now() - beganMs) };
    },
  };
}
