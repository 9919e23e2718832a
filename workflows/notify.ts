import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { ServeNotificationsActivities } from "../activities/serve-notifications.js";
import { webhookQueue } from "../domain/lanes.js";
import { notifySignal, type NotifyInput } from "./notify-messages.js";

/** Without anything to send, the workflow ends; the next notification starts it again. */
const idleMs = 10 * 60_000;
/** A timer's longest: what is due later is looked at again. */
const longestWaitMs = 24 * 3_600_000;

/** By the workers that speak to servers of others. */
const { serveNotifications } = proxyActivities<ServeNotificationsActivities>({
  taskQueue: webhookQueue(null),
  startToCloseTimeout: "10m",
  heartbeatTimeout: "20s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
  allowEagerDispatch: false,
});

/**
 * One person: sends what is due, waits for the end of quiet hours, the digest or the next attempt, or for a signal. All
 * facts are in Postgres, so it may be ended at any moment.
 */
export async function notify({ userId }: NotifyInput): Promise<void> {
  let told = 0;
  setHandler(notifySignal, () => {
    told += 1;
  });
  for (;;) {
    const seen = told;
    const { waitMs } = await serveNotifications({ userId });
    setCurrentDetails(waitMs === null ? "Nothing waits." : `The next is due in ${Math.round(waitMs)} ms.`);
    const stirred = await condition(() => told > seen, Math.min(longestWaitMs, waitMs ?? idleMs));
    if (!stirred && waitMs === null) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notify>({ userId });
  }
}
