import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { importWorkflowId } from "../domain/ids.js";
import { orchestrationQueue } from "../domain/lanes.js";
import {
  cancelImportSignal,
  importJobType,
  importWorkflowType,
  type ImportContactsInput,
} from "../workflows/import-messages.js";
import { workflowEnd } from "./workflow-end.js";

const tenantAttribute = defineSearchAttributeKey("TenantId", "KEYWORD");
const jobTypeAttribute = defineSearchAttributeKey("JobType", "KEYWORD");

export interface ImportKey {
  tenantId: string;
  importId: string;
}

/** Workflow `import/<importId>`: how the SDK starts, stops and awaits it. */
export interface ImportWorkflow {
  /** Starts it; a running one is left as it is. */
  start(row: ImportKey): Promise<void>;
  /** Also reaches an import whose workflow never started or was lost: a new one finds the signal and closes it. */
  cancel(row: ImportKey): Promise<void>;
  /** Resolves when it has ended, or when Temporal knows no such workflow. @throws Conflict when it was terminated or failed. */
  ended(importId: string): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createImportWorkflow(connect: () => Promise<Client>): ImportWorkflow {
  return {
    async start(row) {
      await (await connect()).workflow.start(importWorkflowType, startOptions(row));
    },
    async cancel(row) {
      const client = await connect();
      await client.workflow.signalWithStart(importWorkflowType, {
        ...startOptions(row),
        signal: cancelImportSignal,
        signalArgs: [],
      });
    },
    async ended(importId) {
      await workflowEnd(await connect(), importWorkflowId(importId));
    },
  };
}

function startOptions({ tenantId, importId }: ImportKey) {
  const args: [ImportContactsInput] = [{ importId }];
  return {
    workflowId: importWorkflowId(importId),
    taskQueue: orchestrationQueue,
    args,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes: [
      { key: tenantAttribute, value: tenantId },
      { key: jobTypeAttribute, value: importJobType },
    ],
    memo: { tenant: tenantId },
    staticSummary: `Contacts of ${tenantId}`,
    staticDetails: `Refused rows, and why: \`floe imports refusals ${importId} --tenant ${tenantId}\`.`,
    priority: { fairnessKey: tenantId },
  };
}
