import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { RevivedWork, WakeWork } from "../activities/replay-ports.js";
import { createReplayActivities, type ReplayActivities } from "../activities/replay.js";
import { createCampaignWorkflow } from "../client/campaign-workflow.js";
import { createEmailWorkflow } from "../client/email-workflow.js";
import { createExportWorkflow } from "../client/export-workflow.js";
import { createImportWorkflow } from "../client/import-workflow.js";
import { createJobGraphWorkflow } from "../client/job-graph-workflow.js";
import { createWebhookWorkflow } from "../client/webhook-workflow.js";
import { createJobGraphStore } from "../db/job-graphs.js";
import { createReplayStore } from "../db/replay-pages.js";
import { createSends } from "../db/sends.js";
import type { WorkerMetrics } from "./metrics.js";

export interface ReplayWiringInput {
  pool: pg.Pool;
  metrics: Pick<WorkerMetrics, "deadLettersReplayed">;
  /** Resolves once Temporal answers. */
  connect: () => Promise<Client>;
}

/** The part of the wiring that replays dead letters. */
export function wireReplays({ pool, metrics, connect }: ReplayWiringInput): ReplayActivities {
  return createReplayActivities({
    store: createReplayStore(pool),
    wake: createWakeWork(pool, connect),
    observe: (taken) => metrics.deadLettersReplayed(taken),
  });
}

function createWakeWork(pool: pg.Pool, connect: () => Promise<Client>): WakeWork {
  const campaigns = createCampaignWorkflow(connect);
  const emails = createEmailWorkflow(connect);
  const webhooks = createWebhookWorkflow(connect);
  const imports = createImportWorkflow(connect);
  const exports = createExportWorkflow(connect);
  const graphs = createJobGraphWorkflow(connect);
  const sends = createSends(pool);
  const runs = createJobGraphStore(pool);
  return async (work: RevivedWork) => {
    switch (work.kind) {
      case "send":
        return campaigns.revived(await sends.loadSend(work.tenantId, work.sendId));
      case "emails":
        return emails.revived(work);
      case "webhook":
        return webhooks.wake(work);
      case "import":
        return imports.revived(work);
      case "export":
        return exports.revived({ ...work, kind: work.exportKind });
      case "graph": {
        // The same run every time it is asked for.
        const { runId } = await runs.resumeRun(work.tenantId, work.runId);
        return graphs.start(await runs.loadRun(work.tenantId, runId));
      }
    }
  };
}
