import type { Client } from "@temporalio/client";
import type { GraphRun } from "../db/job-graphs.js";
import { jobGraphWorkflowId } from "../domain/ids.js";
import {
  cancelGraphSignal,
  jobGraphJobType,
  jobGraphWorkflowType,
  type JobGraphInput,
} from "../workflows/job-graph-messages.js";
import { startOptionsOf } from "./start-options.js";
import { workflowEnd } from "./workflow-end.js";

export type GraphRunLabel = Pick<GraphRun, "runId" | "tenantId" | "graphName" | "version">;

/** Workflow `jobGraph/<runId>`: how the SDK starts, stops and awaits it. */
export interface JobGraphWorkflow {
  /** Starts it; a running one is left as it is. */
  start(run: GraphRunLabel): Promise<void>;
  /** Also reaches a run whose workflow never started or was lost: a new one finds the signal and closes it. */
  cancel(run: GraphRunLabel): Promise<void>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(runId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createJobGraphWorkflow(connect: () => Promise<Client>): JobGraphWorkflow {
  return {
    async start(run) {
      await (await connect()).workflow.start(jobGraphWorkflowType, startOptions(run));
    },
    async cancel(run) {
      const { workflow } = await connect();
      await workflow.signalWithStart(jobGraphWorkflowType, {
        ...startOptions(run),
        signal: cancelGraphSignal,
        signalArgs: [],
      });
    },
    async ended(runId) {
      await workflowEnd(await connect(), jobGraphWorkflowId(runId));
    },
  };
}

function startOptions({ runId, tenantId, graphName, version }: GraphRunLabel) {
  const args: [JobGraphInput] = [{ runId }];
  return {
    ...startOptionsOf({ workflowId: jobGraphWorkflowId(runId), tenantId, jobType: jobGraphJobType }),
    args,
    memo: { tenant: tenantId, graph: graphName, version },
    staticSummary: `${graphName} (${tenantId})`,
    staticDetails: `Graph **${graphName}**, version ${version}: \`floe graph status ${runId} --tenant ${tenantId}\`.`,
  };
}
