import type { Client } from "@temporalio/client";
import { importWorkflowId } from "../domain/ids.js";
import {
  cancelImportSignal,
  importJobType,
  importWorkflowType,
  type ImportContactsInput,
} from "../workflows/import-messages.js";
import { startOptionsOf } from "./start-options.js";
import { workflowEnd } from "./workflow-end.js";

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
    ...startOptionsOf({ workflowId: importWorkflowId(importId), tenantId, jobType: importJobType }),
    args,
    memo: { tenant: tenantId },
    staticSummary: `Contacts of ${tenantId}`,
    staticDetails: `Refused rows, and why: \`floe imports refusals ${importId} --tenant ${tenantId}\`.`,
  };
}
