import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import type { ReplayActivities } from "../activities/replay.js";
import type { ReplayProgress } from "../domain/dead-letters.js";
import { replayChangedSignal, replayProgressQuery, type ReplayInput } from "./replay-messages.js";

const { replayPage } = proxyActivities<ReplayActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "30s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/** Also asked now and then while it is paused: the signal of a resume may have been lost with its sender. */
const lookWhilePaused = "10m";

/**
 * Dead letters tried again, page by page. Which ones, and how far it has come, is in Postgres, and so is whether it is
 * paused: this workflow may be ended at any moment and started again with the same input.
 */
export async function replay({ replayId }: ReplayInput): Promise<ReplayProgress> {
  let latest: ReplayProgress | null = null;
  let changed = false;
  setHandler(replayChangedSignal, () => void (changed = true));
  setHandler(replayProgressQuery, () => latest);
  for (;;) {
    changed = false;
    const { progress, waitMs } = await replayPage({ replayId });
    latest = progress;
    setCurrentDetails(describe(progress));
    if (progress.status === "completed" || progress.status === "cancelled") return progress;
    if (progress.status === "paused") await condition(() => changed, lookWhilePaused);
    else if (waitMs > 0) await sleep(waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof replay>({ replayId });
  }
}

function describe({ status, items, replayed, refused }: ReplayProgress): string {
  return `${status}: ${replayed} of ${items} replayed, ${refused} refused.`;
}
