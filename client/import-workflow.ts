import type { Client } from "@temporalio/client";
import { importWorkflowId } from "../domain/ids.js";
import {
  cancelImportSignal,
  importJobType,
  importRevivedSignal,
  importWorkflowType,
  type ImportContactsInput,
} from "../workflows/import-messages.js";
import { createJobWorkflow, type JobWorkflow } from "./job-workflow.js";
import { startOptionsOf } from "./start-options.js";

export interface ImportKey {
  tenantId: string;
  importId: string;
}

/** Workflow `import/<importId>`. */
export type ImportWorkflow = JobWorkflow<ImportKey>;

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createImportWorkflow(connect: () => Promise<Client>): ImportWorkflow {
  return createJobWorkflow({
    connect,
    type: importWorkflowType,
    cancelSignal: cancelImportSignal,
    revivedSignal: importRevivedSignal,
    startOptions,
  });
}

function startOptions({ tenantId, importId }: ImportKey) {
  const args: [ImportContactsInput] = [{ importId }];
  return {
    ...startOptionsOf({ workflowId: importWorkflowId(importId), tenantId, jobType: importJobType }),
    args,
    memo: { tenant: tenantId },
    staticSummary: `Contacts of ${tenantId}`,
    staticDetails: `Refused rows, and why: \`floe imports refusals ${importId} --tenant ${tenantId}\`.`,
  };
}
