import type { Client, WorkflowStartOptions } from "@temporalio/client";
import type { SignalDefinition } from "@temporalio/common";
import { workflowEnd } from "./workflow-end.js";

/** The workflow of one long job: how the SDK starts, stops and awaits it. */
export interface JobWorkflow<Row> {
  /** Starts it; a running one is left as it is. */
  start(row: Row): Promise<void>;
  /** Tells it that it is open again after it failed: one that still closes goes on, one that has ended is started. */
  revived(row: Row): Promise<void>;
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
  revivedSignal: SignalDefinition;
  startOptions: (row: Row) => WorkflowStartOptions;
}

export function createJobWorkflow<Row>(input: JobWorkflowInput<Row>): JobWorkflow<Row> {
  const { connect, type, cancelSignal, revivedSignal, startOptions } = input;
  const signalWithStart = async (row: Row, signal: SignalDefinition): Promise<void> => {
    const client = await connect();
    await client.workflow.signalWithStart(type, { ...startOptions(row), signal, signalArgs: [] });
  };
  return {
    async start(row) {
      await (await connect()).workflow.start(type, startOptions(row));
    },
    revived: (row) => signalWithStart(row, revivedSignal),
    cancel: (row) => signalWithStart(row, cancelSignal),
    async ended(row) {
      await workflowEnd(await connect(), startOptions(row).workflowId);
    },
  };
}
