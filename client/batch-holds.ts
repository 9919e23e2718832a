import type { Client } from "@temporalio/client";
import { defaultPayloadConverter } from "@temporalio/common";
import { temporal } from "@temporalio/proto";
import { z } from "zod";
import type { BatchHold } from "../domain/batching.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { isWorkflowGone } from "./failures.js";

type Pending = temporal.api.workflow.v1.IPendingActivityInfo;

const holdSchema = z.object({ batchNo: z.number(), heldBy: z.string(), freeAtMs: z.number() });
const waits = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;

/**
 * The batches of a send that wait for a limit now. A batch that is held gives its slot back with the reason as the failure
 * of its activity; nobody else keeps it. @throws Unavailable
 */
export async function loadBatchHolds(client: Client, sendId: string): Promise<BatchHold[]> {
  const campaign = await describe(client, campaignWorkflowId(sendId));
  const children = (campaign?.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []);
  const partitions = await Promise.all(children.map((workflowId) => describe(client, workflowId)));
  return partitions.flatMap((raw) => (raw?.pendingActivities ?? []).flatMap(holdOf));
}

/** Null: there is none any more. */
async function describe(client: Client, workflowId: string) {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).raw;
  } catch (error) {
    if (isWorkflowGone(error)) return null;
    throw error;
  }
}

function holdOf({ state, lastFailure }: Pending): BatchHold[] {
  const [payload] = lastFailure?.applicationFailureInfo?.details?.payloads ?? [];
  if (state !== waits || !payload) return [];
  const hold = holdSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
  return hold.success ? [hold.data] : [];
}
