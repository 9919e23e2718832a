import type { Client } from "@temporalio/client";
import type { Payload } from "@temporalio/common";
import protocol, { type temporal } from "@temporalio/proto";
import { z } from "zod";
import type { BatchHold } from "../domain/batching.js";
import { campaignWorkflowId } from "../domain/ids.js";
import { isWorkflowGone } from "./failures.js";

type Pending = temporal.api.workflow.v1.IPendingActivityInfo;

const holdSchema = z.object({ batchNo: z.number(), heldBy: z.string(), freeAtMs: z.number() });
const waits = protocol.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;

/**
 * The batches of a send that wait for a limit now. A batch that is held gives its slot back with the reason as the failure
 * of its activity; nobody else keeps it. @throws Unavailable
 */
export async function loadBatchHolds(client: Client, sendId: string): Promise<BatchHold[]> {
  const campaign = await describe(client, campaignWorkflowId(sendId));
  const children = (campaign?.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []);
  const partitions = await Promise.all(children.map((workflowId) => describe(client, workflowId)));
  const pending = partitions.flatMap((raw) => raw?.pendingActivities ?? []);
  return (await Promise.all(pending.map((activity) => holdOf(client, activity)))).flat();
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

async function holdOf(client: Client, { state, lastFailure }: Pending): Promise<BatchHold[]> {
  const details = lastFailure?.applicationFailureInfo?.details?.payloads ?? [];
  if (state !== waits || details.length === 0) return [];
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads: Payload[] = details;
  for (const codec of payloadCodecs) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  const hold = holdSchema.safeParse(payload && payloadConverter.fromPayload(payload));
  return hold.success ? [hold.data] : [];
}
