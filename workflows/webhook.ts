import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { ServeWebhookActivities } from "../activities/serve-webhook.js";
import type { Outlook } from "../activities/webhook-delivery-ports.js";
import { webhookQueue } from "../domain/lanes.js";
import { wakeSignal, type WebhookInput } from "./webhook-messages.js";

/** Without anything to send, the workflow ends; the next event starts it again. */
const idleMs = 10 * 60_000;
/** A timer's longest: what is due later is looked at again. */
const longestWaitMs = 24 * 3_600_000;

/**
 * One endpoint: serves it while something is due, waits for the next attempt or for a signal. Order, rate, breaker and
 * retry clock are in its hands, because nobody else serves it; all facts are in Postgres, so it may be ended at any moment.
 */
export async function webhook({ webhookId, region }: WebhookInput): Promise<void> {
  let woken = 0;
  let at = region;
  let serving = new CancellationScope();
  setHandler(wakeSignal, (told) => {
    woken += 1;
    // No worker of the old region may be there to take it.
    if (told.region !== at) serving.cancel();
    at = told.region;
  });
  for (;;) {
    const seen = woken;
    serving = new CancellationScope();
    const { waitMs } = await serve(serving, at, webhookId);
    setCurrentDetails(
      waitMs === null ? "Nothing waits." : `The next attempt is in ${Math.round(waitMs)} ms.`,
    );
    const stirred = await condition(() => woken > seen, Math.min(longestWaitMs, waitMs ?? idleMs));
    if (!stirred && waitMs === null) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof webhook>({ webhookId, region: at });
  }
}

/** Ended for another region, it is served there at once. */
async function serve(scope: CancellationScope, region: string | null, webhookId: string): Promise<Outlook> {
  try {
    return await scope.run(() => serveIn(region).serveWebhook({ webhookId }));
  } catch (error) {
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    return { waitMs: 0 };
  }
}

function serveIn(region: string | null) {
  return proxyActivities<ServeWebhookActivities>({
    taskQueue: webhookQueue(region),
    // One serving and its last requests; a worker that dies is missed sooner.
    startToCloseTimeout: "10m",
    heartbeatTimeout: "20s",
    retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
    allowEagerDispatch: false,
    // Two at once would be twice the rate, and no order.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
