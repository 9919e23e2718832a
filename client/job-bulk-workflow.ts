import type { Client } from "@temporalio/client";
import { jobBulkWorkflowId } from "../domain/ids.js";
import type { JobAction } from "../domain/jobs.js";
import {
  jobBulkChangedSignal,
  jobBulkJobType,
  jobBulkWorkflowType,
  type JobBulkInput,
} from "../workflows/job-bulk-messages.js";
import { startOptionsOf } from "./start-options.js";

export interface JobBulkLabel {
  tenantId: string;
  bulkId: string;
  action: JobAction;
  items: number;
}

/** Workflow `jobs/<bulkId>`: how it is started and told. */
export interface JobBulkWorkflow {
  /** Starts it, and tells one that runs to look at its row; one that was lost is started again. */
  wake(bulk: JobBulkLabel): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createJobBulkWorkflow(connect: () => Promise<Client>): JobBulkWorkflow {
  return {
    async wake({ tenantId, bulkId, action, items }) {
      const args: [JobBulkInput] = [{ bulkId }];
      const { workflow } = await connect();
      await workflow.signalWithStart(jobBulkWorkflowType, {
        ...startOptionsOf({ workflowId: jobBulkWorkflowId(bulkId), tenantId, jobType: jobBulkJobType }),
        args,
        memo: { tenant: tenantId },
        staticSummary: `${action} of ${items} jobs (${tenantId})`,
        staticDetails: `How it stands: \`floe job bulks ${bulkId} --tenant ${tenantId}\`.`,
        signal: jobBulkChangedSignal,
        signalArgs: [],
      });
    },
  };
}
