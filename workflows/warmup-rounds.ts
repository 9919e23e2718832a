import { continueAsNew, proxyActivities, setCurrentDetails, sleep, workflowInfo } from "@temporalio/workflow";
import type { WarmupActivities } from "../activities/warmup.js";
import type { RoundInput } from "./warmup-messages.js";

const { wakeWarmups, checkWarmups } = proxyActivities<WarmupActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "1m",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 10 },
});

/** Between two pages of 200: twenty warmups a second at most, so that tens of thousands take an hour and leave room for others. */
const gapMs = 10_000;

/** At nine in the morning: every warmup that has not planned its day is woken, one page after the other. */
export async function warmupScheduler({ after }: RoundInput = {}): Promise<{ woken: number }> {
  let woken = 0;
  for (let at = after; ;) {
    const page = await wakeWarmups({ after: at ?? null, nowMs: Date.now() });
    woken += page.woken;
    setCurrentDetails(`${woken} warmups were woken.`);
    if (page.next === null) return { woken };
    at = page.next;
    await sleep(gapMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof warmupScheduler>({ after: at });
  }
}

/** Hourly: what does harm is paused before its next day. */
export async function warmupHealthCheck({ after }: RoundInput = {}): Promise<{
  checked: number;
  paused: number;
}> {
  const total = { checked: 0, paused: 0 };
  for (let at = after; ;) {
    const page = await checkWarmups({ after: at ?? null, nowMs: Date.now() });
    total.checked += page.checked;
    total.paused += page.paused;
    setCurrentDetails(`${total.checked} warmups were checked, ${total.paused} paused.`);
    if (page.next === null) return total;
    at = page.next;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof warmupHealthCheck>({ after: at });
  }
}
