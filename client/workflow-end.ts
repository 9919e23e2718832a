import { WorkflowFailedError, type Client } from "@temporalio/client";
import { TerminatedFailure } from "@temporalio/common";
import { Conflict } from "../domain/errors.js";
import { isWorkflowGone } from "./failures.js";

/**
 * Waits until the workflow has ended, through its whole chain of runs. Resolves at once when Temporal knows none of that id.
 * @throws Conflict when it was terminated or failed, which leaves its work as it stood.
 */
export async function workflowEnd(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).result();
  } catch (error) {
    if (isWorkflowGone(error)) return;
    if (!(error instanceof WorkflowFailedError)) throw error;
    const how = error.cause instanceof TerminatedFailure ? "was terminated" : "failed";
    throw new Conflict(`Workflow ${workflowId} ${how}; nothing is lost: resume it to go on.`, {
      workflowId,
      cause: error.cause?.message,
    });
  }
}
