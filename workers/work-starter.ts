import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { OpenWork, WorkStarter } from "../activities/recurring-ports.js";
import { createAbTestWorkflow } from "../client/ab-test-workflow.js";
import { createCampaignWorkflow } from "../client/campaign-workflow.js";
import { createEmailWorkflow } from "../client/email-workflow.js";
import { createExportWorkflow } from "../client/export-workflow.js";
import { isWorkflowGone } from "../client/failures.js";
import { createImportWorkflow } from "../client/import-workflow.js";
import { createJobBulkWorkflow } from "../client/job-bulk-workflow.js";
import { createJobGraphWorkflow } from "../client/job-graph-workflow.js";
import { createReplayWorkflow } from "../client/replay-workflow.js";
import { createSequenceWorkflow } from "../client/sequence-workflow.js";
import { createAbTestCatalog } from "../db/ab-tests.js";
import { createExportRows } from "../db/exports.js";
import { createJobBulkRows } from "../db/job-bulks.js";
import { createJobGraphStore } from "../db/job-graphs.js";
import { loadEmailGroupLabel } from "../db/open-work.js";
import { createReplayRows } from "../db/replays.js";
import { createSends } from "../db/sends.js";
import { createSequenceCatalog } from "../db/sequences.js";
import {
  abTestWorkflowId,
  campaignWorkflowId,
  emailsWorkflowId,
  exportWorkflowId,
  importWorkflowId,
  jobBulkWorkflowId,
  jobGraphWorkflowId,
  replayWorkflowId,
  sequenceWorkflowId,
} from "../domain/ids.js";

interface Starting {
  workflowId(id: string): string;
  start(tenantId: string, id: string): Promise<void>;
}

/** Recurring work's hands in Temporal. @param connect resolves once Temporal answers */
export function createWorkStarter(pool: pg.Pool, connect: () => Promise<Client>): WorkStarter {
  const kinds = startingOf(pool, connect);
  return {
    async isRunning({ kind, id }) {
      const { workflow } = await connect();
      try {
        const { status } = await workflow.getHandle(kinds[kind].workflowId(id)).describe();
        return status.name === "RUNNING";
      } catch (error) {
        if (isWorkflowGone(error)) return false;
        throw error;
      }
    },
    start: ({ kind, id, tenantId }) => kinds[kind].start(tenantId, id),
  };
}

function startingOf(pool: pg.Pool, connect: () => Promise<Client>): Record<OpenWork["kind"], Starting> {
  const sends = createSends(pool);
  const exports = createExportRows(pool);
  const replays = createReplayRows(pool);
  const bulks = createJobBulkRows(pool);
  const sequences = createSequenceCatalog(pool);
  const abTests = createAbTestCatalog(pool);
  const graphs = createJobGraphStore(pool);
  return {
    send: {
      workflowId: campaignWorkflowId,
      start: async (tenantId, id) =>
        createCampaignWorkflow(connect).start(await sends.loadSend(tenantId, id)),
    },
    emails: {
      workflowId: emailsWorkflowId,
      start: async (_, id) => createEmailWorkflow(connect).start(await loadEmailGroupLabel(pool, id)),
    },
    import: {
      workflowId: importWorkflowId,
      start: (tenantId, importId) => createImportWorkflow(connect).start({ tenantId, importId }),
    },
    export: {
      workflowId: exportWorkflowId,
      start: async (tenantId, id) =>
        createExportWorkflow(connect).start(await exports.loadExport(tenantId, id)),
    },
    replay: {
      workflowId: replayWorkflowId,
      start: async (tenantId, replayId) =>
        createReplayWorkflow(connect).wake(await replays.loadReplay({ tenantId, replayId })),
    },
    "job-bulk": {
      workflowId: jobBulkWorkflowId,
      start: async (tenantId, bulkId) =>
        createJobBulkWorkflow(connect).wake(await bulks.loadJobBulk({ tenantId, bulkId })),
    },
    sequence: {
      workflowId: sequenceWorkflowId,
      start: async (tenantId, id) =>
        createSequenceWorkflow(connect).start(await sequences.loadSequence(tenantId, id)),
    },
    "ab-test": {
      workflowId: abTestWorkflowId,
      start: async (tenantId, id) =>
        createAbTestWorkflow(connect).start(await abTests.loadAbTest(tenantId, id)),
    },
    graph: {
      workflowId: jobGraphWorkflowId,
      start: async (tenantId, id) =>
        createJobGraphWorkflow(connect).start(await graphs.loadRun(tenantId, id)),
    },
  };
}
