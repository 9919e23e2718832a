import { ActivityCancellationType, proxyActivities } from "@temporalio/workflow";
import type { SendBatchActivities } from "../activities/send-batch.js";
import { laneQueue, lanePriority, type Lane } from "../domain/lanes.js";

/** The `sendBatch` activity on a lane's queue, with its timeouts, priority and the tenant's fair share. */
export function sendBatchOn(lane: Lane, tenantId: string, heartbeatMs: number) {
  return proxyActivities<SendBatchActivities>({
    taskQueue: laneQueue(lane),
    // A batch that nobody finishes is taken up again: normally after the heartbeat timeout, at the latest after this.
    startToCloseTimeout: "30m",
    heartbeatTimeout: heartbeatMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: lanePriority[lane], fairnessKey: tenantId },
    retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m" },
    // Eager dispatch would pass by the queue's priorities and fairness.
    allowEagerDispatch: false,
  });
}
