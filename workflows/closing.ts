import { ActivityFailure, ApplicationFailure } from "@temporalio/common";
import type { SendPlan, SendTotals } from "../activities/campaign-ports.js";
import { store } from "./campaign-store.js";
import type { Partitions } from "./partitions.js";
import { sendBatchOn } from "./send-batch-on.js";

/** Closes a send whose recipients are all settled; null when the ledger still has unsettled ones. */
export async function closeSend(
  sendId: string,
  status: "completed" | "cancelled",
): Promise<SendTotals | null> {
  try {
    return await store.finish(sendId, status);
  } catch (error) {
    if (failureType(error) === "Conflict") return null;
    throw error;
  }
}

/** Settles what a cancelled send leaves unsettled, once nothing of it is on the wire any more. */
export async function cancelRest(plan: SendPlan, partitions: Partitions, heartbeatMs: number): Promise<void> {
  const { sendId } = plan;
  await partitions.untilIdle();
  await store.transition(sendId, "cancelling");
  // What an attempt that died had already sent stands in its journal: it is settled as sent, not as cancelled.
  const { sendBatch } = sendBatchOn(plan.lane, plan.tenantId, heartbeatMs);
  for (const batchNo of await store.abandonedBatches(sendId)) await sendBatch({ sendId, batchNo });
  while ((await store.cancelRecipients(sendId, 10_000)) > 0);
}

/** What kind of Floe error an activity ended with. */
function failureType(error: unknown): string | null | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause.type
    : undefined;
}
