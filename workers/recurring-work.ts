import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { OpenWork, QueueSampling, WorkStarter } from "../activities/recurring-ports.js";
import { createCampaignWorkflow } from "../client/campaign-workflow.js";
import { createEmailWorkflow } from "../client/email-workflow.js";
import { createExportWorkflow } from "../client/export-workflow.js";
import { isWorkflowGone } from "../client/failures.js";
import { createImportWorkflow } from "../client/import-workflow.js";
import { describeTaskQueues } from "../client/task-queues.js";
import { createExportRows } from "../db/exports.js";
import { recordQueueSamples } from "../db/maintenance-reports.js";
import { loadEmailGroupLabel } from "../db/open-work.js";
import { createSends } from "../db/sends.js";
import { campaignWorkflowId, emailsWorkflowId, exportWorkflowId, importWorkflowId } from "../domain/ids.js";

/** Recurring work's hands in Temporal. @param connect resolves once Temporal answers */
export function createWorkStarter(pool: pg.Pool, connect: () => Promise<Client>): WorkStarter {
  const campaigns = createCampaignWorkflow(connect);
  const emails = createEmailWorkflow(connect);
  const imports = createImportWorkflow(connect);
  const exports = createExportWorkflow(connect);
  const rows = createExportRows(pool);
  const sends = createSends(pool);
  return {
    async isRunning(work) {
      const { workflow } = await connect();
      try {
        const { status } = await workflow.getHandle(workflowIdOf(work)).describe();
        return status.name === "RUNNING";
      } catch (error) {
        if (isWorkflowGone(error)) return false;
        throw error;
      }
    },
    async start({ kind, id, tenantId }) {
      switch (kind) {
        case "send":
          return campaigns.start(await sends.loadSend(tenantId, id));
        case "emails":
          return emails.start(await loadEmailGroupLabel(pool, id));
        case "import":
          return imports.start({ tenantId, importId: id });
        case "export":
          return exports.start(await rows.loadExport(tenantId, id));
      }
    },
  };
}

function workflowIdOf({ kind, id }: OpenWork): string {
  switch (kind) {
    case "send":
      return campaignWorkflowId(id);
    case "emails":
      return emailsWorkflowId(id);
    case "import":
      return importWorkflowId(id);
    case "export":
      return exportWorkflowId(id);
  }
}

export function createQueueSampling(pool: pg.Pool, connect: () => Promise<Client>): QueueSampling {
  return {
    async sample() {
      const queues = await describeTaskQueues(await connect());
      return queues.map(({ queue, kind, backlog, backlogAgeMs }) => ({ queue, kind, backlog, backlogAgeMs }));
    },
    record: (sampledAt, samples) => recordQueueSamples(pool, sampledAt, samples),
  };
}
