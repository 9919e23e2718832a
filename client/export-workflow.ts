import type { Client } from "@temporalio/client";
import type { ExportKind } from "../domain/exports.js";
import { exportWorkflowId } from "../domain/ids.js";
import {
  cancelExportSignal,
  exportJobType,
  exportRevivedSignal,
  exportWorkflowType,
  type ExportDataInput,
} from "../workflows/export-messages.js";
import { createJobWorkflow, type JobWorkflow } from "./job-workflow.js";
import { startOptionsOf } from "./start-options.js";

export interface ExportKey {
  tenantId: string;
  exportId: string;
  kind: ExportKind;
}

/** Workflow `export/<exportId>`. */
export type ExportWorkflow = JobWorkflow<ExportKey>;

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createExportWorkflow(connect: () => Promise<Client>): ExportWorkflow {
  return createJobWorkflow({
    connect,
    type: exportWorkflowType,
    cancelSignal: cancelExportSignal,
    revivedSignal: exportRevivedSignal,
    startOptions,
  });
}

function startOptions({ tenantId, exportId, kind }: ExportKey) {
  const args: [ExportDataInput] = [{ exportId }];
  return {
    ...startOptionsOf({ workflowId: exportWorkflowId(exportId), tenantId, jobType: exportJobType }),
    args,
    memo: { tenant: tenantId, kind },
    staticSummary: `${kind} of ${tenantId}`,
    staticDetails: `How it stands: \`floe exports show ${exportId} --tenant ${tenantId}\`.`,
  };
}
