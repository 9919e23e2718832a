import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import type { WarmupPoolActivities } from "../activities/warmup-pool.js";
import { lookSignal, type EngagementInput } from "./warmup-engagement-messages.js";
import type { RoundInput } from "./warmup-messages.js";

const { engageMailbox, wakeEngagements } = proxyActivities<WarmupPoolActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "20s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "5m" },
});

const leastSleepMs = 1_000;
const looksOfRun = 300;

/**
 * One mailbox of the warmup pool for as long as it takes part: looks for letters of the others, and does what is due. All facts
 * are in Postgres; it may be ended at any moment and started again.
 */
export async function warmupEngagement(input: EngagementInput): Promise<void> {
  let stirred = 0;
  setHandler(lookSignal, () => void (stirred += 1));
  for (let looks = 0; ; looks += 1) {
    const seen = stirred;
    const { nextAtMs, found, done, problem } = await engageMailbox({ ...input, nowMs: Date.now() });
    const isStirred = (): boolean => stirred > seen;
    if (nextAtMs === null) {
      if (isStirred()) continue;
      return;
    }
    setCurrentDetails(problem ?? `At its last look ${found} letters were found, and ${done} things done.`);
    await condition(isStirred, Math.max(leastSleepMs, nextAtMs - Date.now()));
    if (looks >= looksOfRun || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof warmupEngagement>(input);
  }
}

/** Between two pages of 200: tens of thousands of mailboxes are not looked into at once. */
const gapMs = 10_000;

/** Hourly: every mailbox that takes part has its workflow, also one that was lost. */
export async function warmupEngagementSimulator({ after }: RoundInput = {}): Promise<{ woken: number }> {
  let woken = 0;
  for (let at = after; ;) {
    const page = await wakeEngagements({ after: at ?? null });
    woken += page.woken;
    setCurrentDetails(`${woken} mailboxes take part.`);
    if (page.next === null) return { woken };
    at = page.next;
    await sleep(gapMs);
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof warmupEngagementSimulator>({ after: at });
  }
}
