import type { Client } from "@temporalio/client";
import { replayWorkflowId } from "../domain/ids.js";
import {
  replayChangedSignal,
  replayJobType,
  replayWorkflowType,
  type ReplayInput,
} from "../workflows/replay-messages.js";
import { startOptionsOf } from "./start-options.js";

export interface ReplayLabel {
  tenantId: string;
  replayId: string;
  items: number;
}

/** Workflow `replay/<replayId>`: how it is started and told. */
export interface ReplayWorkflow {
  /** Starts it, and tells one that runs to look at its row; one that was lost is started again. */
  wake(replay: ReplayLabel): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createReplayWorkflow(connect: () => Promise<Client>): ReplayWorkflow {
  return {
    async wake({ tenantId, replayId, items }) {
      const args: [ReplayInput] = [{ replayId }];
      const { workflow } = await connect();
      await workflow.signalWithStart(replayWorkflowType, {
        ...startOptionsOf({
          workflowId: replayWorkflowId(replayId),
          tenantId,
          jobType: replayJobType,
        }),
        args,
        memo: { tenant: tenantId },
        staticSummary: `Replay of ${items} dead letters (${tenantId})`,
        staticDetails: `How it stands: \`floe dead-letters replays ${replayId} --tenant ${tenantId}\`.`,
        signal: replayChangedSignal,
        signalArgs: [],
      });
    },
  };
}
