import { proxyActivities, setHandler } from "@temporalio/workflow";
import type { ReplayActivities } from "../activities/replay.js";
import type { ReplayProgress } from "../domain/dead-letters.js";
import { takePages } from "./paced-pages.js";
import { replayChangedSignal, replayProgressQuery, type ReplayInput } from "./replay-messages.js";

const { replayPage } = proxyActivities<ReplayActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "30s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/** Dead letters tried again, page by page. */
export async function replay({ replayId }: ReplayInput): Promise<ReplayProgress> {
  let latest: ReplayProgress | null = null;
  const changed = { current: false };
  setHandler(replayChangedSignal, () => void (changed.current = true));
  setHandler(replayProgressQuery, () => latest);
  return takePages<ReplayProgress>({
    nextPage: () => replayPage({ replayId }),
    onPage: (progress) => void (latest = progress),
    describe: ({ status, items, replayed, refused }) =>
      `${status}: ${replayed} of ${items} replayed, ${refused} refused.`,
    changed,
    input: { replayId },
  });
}
