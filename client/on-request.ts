import type { Client, WorkflowHandle } from "@temporalio/client";
import { orchestrationQueue } from "../domain/lanes.js";

/** Starts what a schedule does otherwise, because a person asked for it. */
export async function startOnRequest(
  connect: () => Promise<Client>,
  workflowType: string,
  { workflowId, input }: { workflowId: string; input: unknown },
): Promise<WorkflowHandle> {
  const { workflow } = await connect();
  return workflow.start(workflowType, {
    workflowId,
    taskQueue: orchestrationQueue,
    args: [input],
    staticSummary: "On request",
  });
}
