import { WorkflowIdConflictPolicy, type Client } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { importWorkflowId } from "../domain/ids.js";
import { orchestrationQueue } from "../domain/lanes.js";
import { isWorkflowGone } from "./failures.js";

const tenantAttribute = defineSearchAttributeKey("TenantId", "KEYWORD");
const jobTypeAttribute = defineSearchAttributeKey("JobType", "KEYWORD");

/** Type and signal names of `workflows/import-contacts`. */
const workflowType = "importContacts";
const cancelSignal = "cancel";

/** Workflow `import/<importId>`. */
export interface ImportWorkflow {
  start(row: { tenantId: string; importId: string }): Promise<void>;
  /** @returns false when no such workflow runs. */
  cancel(importId: string): Promise<boolean>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createImportWorkflow(connect: () => Promise<Client>): ImportWorkflow {
  return {
    async start({ tenantId, importId }) {
      await (
        await connect()
      ).workflow.start(workflowType, {
        workflowId: importWorkflowId(importId),
        taskQueue: orchestrationQueue,
        args: [{ importId }],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        typedSearchAttributes: [
          { key: tenantAttribute, value: tenantId },
          { key: jobTypeAttribute, value: "import.contacts" },
        ],
        staticSummary: `Contacts of ${tenantId}`,
        staticDetails: `Refused rows, and why: \`floe imports refusals ${importId} --tenant ${tenantId}\`.`,
        priority: { fairnessKey: tenantId },
      });
    },

    async cancel(importId) {
      try {
        await (await connect()).workflow.getHandle(importWorkflowId(importId)).signal(cancelSignal);
        return true;
      } catch (error) {
        if (isWorkflowGone(error)) return false;
        throw error;
      }
    },
  };
}
