import type { Client, WorkflowStartOptions } from "@temporalio/client";
import type { SignalDefinition } from "@temporalio/common";
import { workflowEnd } from "./workflow-end.js";

/** The workflow of one long job: how the SDK starts, stops and awaits it. */
export interface JobWorkflow<Row> {
  /** Starts it; a running one is left as it is. */
  start(row: Row): Promise<void>;
  /** Also reaches a job whose workflow never started or was lost: a new one finds the signal and closes it. */
  cancel(row: Row): Promise<void>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(row: Row): Promise<void>;
}

export interface JobWorkflowInput<Row> {
  /** Resolves once Temporal answers. @throws Unavailable */
  connect: () => Promise<Client>;
  type: string;
  cancelSignal: SignalDefinition;
  startOptions: (row: Row) => WorkflowStartOptions;
}

export function createJobWorkflow<Row>(input: JobWorkflowInput<Row>): JobWorkflow<Row> {
  const { connect, type, cancelSignal, startOptions } = input;
  return {
    async start(row) {
      await (await connect()).workflow.start(type, startOptions(row));
    },
    async cancel(row) {
      const client = await connect();
      const signal = { signal: cancelSignal, signalArgs: [] };
      await client.workflow.signalWithStart(type, { ...startOptions(row), ...signal });
    },
    async ended(row) {
      await workflowEnd(await connect(), startOptions(row).workflowId);
    },
  };
}
