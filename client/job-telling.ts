import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { PlanTellings } from "../activities/job-bulk-ports.js";
import { createAbTestCatalog } from "../db/ab-tests.js";
import { createExportRows } from "../db/exports.js";
import { createImportRows } from "../db/imports.js";
import { createJobGraphStore } from "../db/job-graphs.js";
import { loadEmailGroupsOf, loadEndpointsOf } from "../db/job-owners.js";
import { keyOf, loadJobs } from "../db/jobs.js";
import { createReplayRows } from "../db/replays.js";
import { createSends } from "../db/sends.js";
import { createSequenceCatalog } from "../db/sequences.js";
import type { JobKind } from "../domain/jobs.js";
import { cancelSignal } from "../workflows/campaign-messages.js";
import { createAbTestWorkflow } from "./ab-test-workflow.js";
import { createCampaignWorkflow } from "./campaign-workflow.js";
import { createEmailWorkflow } from "./email-workflow.js";
import { createExportWorkflow } from "./export-workflow.js";
import { createImportWorkflow } from "./import-workflow.js";
import { createJobGraphWorkflow } from "./job-graph-workflow.js";
import { createReplayWorkflow } from "./replay-workflow.js";
import { createSequenceWorkflow } from "./sequence-workflow.js";
import { createWebhookWorkflow } from "./webhook-workflow.js";

type ToldJobs = Parameters<PlanTellings>[0];
type JobAuthor = Pick<ToldJobs, "actor" | "reason">;

/** One workflow to be told; may be told again. */
type Telling = () => Promise<void>;

/**
 * What the workflows of jobs must be told once Postgres has the change: each of them once, however many of its jobs changed.
 * @param connect resolves once Temporal answers
 */
export function createJobTellings(pool: pg.Pool, connect: () => Promise<Client>): PlanTellings {
  const retries = retriesOf(pool, connect);
  const cancels = cancelsOf(pool, connect);

  async function plan(told: ToldJobs, tellers: Tellers): Promise<Telling[]> {
    const kinds = [...new Set(told.jobs.map(({ kind }) => kind))];
    const planned = await Promise.all(
      kinds.map(async (kind) => {
        const ids = told.jobs.filter((job) => job.kind === kind).map(({ jobId }) => jobId);
        return (await tellers[kind]?.(told.tenantId, ids, told)) ?? [];
      }),
    );
    return planned.flat();
  }

  return async (told) => {
    if (told.action === "retry") return plan(told, retries);
    if (told.action === "cancel") return plan(told, cancels);
    // Of what was removed, what its workflow has still to end.
    const now = await loadJobs(pool, told.tenantId, told.jobs);
    const open = told.jobs.filter((job) => now.get(keyOf(job))?.actions.includes("cancel"));
    return plan({ ...told, jobs: open }, cancels);
  };
}

type Teller = (tenantId: string, ids: string[], by: JobAuthor) => Promise<Telling[]>;
type Tellers = Partial<Record<JobKind, Teller>>;

function retriesOf(pool: pg.Pool, connect: () => Promise<Client>): Tellers {
  const emails = createEmailWorkflow(connect);
  const webhooks = createWebhookWorkflow(connect);
  const campaigns = createCampaignWorkflow(connect);
  const imports = createImportWorkflow(connect);
  const exports = createExportWorkflow(connect);
  const graphs = createJobGraphWorkflow(connect);
  const sends = createSends(pool);
  const runs = createJobGraphStore(pool);
  const exportRows = createExportRows(pool);
  return {
    "email.send": async (tenantId, ids) =>
      (await loadEmailGroupsOf(pool, tenantId, ids)).map((group) => () => emails.revived(group)),
    "webhook.dispatch": async (tenantId, ids) =>
      (await loadEndpointsOf(pool, tenantId, ids)).map((endpoint) => () => webhooks.wake(endpoint)),
    "campaign.process": each(async (tenantId, id) => campaigns.revived(await sends.loadSend(tenantId, id))),
    "import.contacts": each((tenantId, importId) => imports.revived({ tenantId, importId })),
    "export.data": each(async (tenantId, id) => exports.revived(await exportRows.loadExport(tenantId, id))),
    "job.graph": each(async (tenantId, id) => {
      // The same run every time it is asked for.
      const { runId } = await runs.resumeRun(tenantId, id);
      const run = await runs.loadRun(tenantId, runId);
      if (run.status === "running") await graphs.start(run);
    }),
  };
}

function cancelsOf(pool: pg.Pool, connect: () => Promise<Client>): Tellers {
  const emails = createEmailWorkflow(connect);
  const webhooks = createWebhookWorkflow(connect);
  const sends = sendCancelling(pool, connect);
  const sequences = createSequenceWorkflow(connect);
  const sequenceRows = createSequenceCatalog(pool);
  const abTests = createAbTestWorkflow(connect);
  const abTestRows = createAbTestCatalog(pool);
  const files = fileCancelling(pool, connect);
  const graphs = createJobGraphWorkflow(connect);
  const runs = createJobGraphStore(pool);
  const replays = createReplayWorkflow(connect);
  const replayRows = createReplayRows(pool);
  return {
    "email.send": async (tenantId, ids) =>
      (await loadEmailGroupsOf(pool, tenantId, ids)).map(
        ({ groupId }) =>
          () =>
            emails.cancelled(groupId),
      ),
    // One that waits for the cancelled attempt's time has nothing to wait for.
    "webhook.dispatch": async (tenantId, ids) =>
      (await loadEndpointsOf(pool, tenantId, ids)).map((endpoint) => () => webhooks.wake(endpoint)),
    "campaign.process": sends,
    "campaign.sequence": each(async (tenantId, id) => {
      const sequence = await sequenceRows.loadSequence(tenantId, id);
      if (!hasEnded(sequence.status)) await sequences.signal(sequence, cancelSignal);
    }),
    "campaign.ab-test": each(async (tenantId, id) => {
      const test = await abTestRows.loadAbTest(tenantId, id);
      if (!hasEnded(test.status)) await abTests.signal(test, cancelSignal);
    }),
    ...files,
    "job.graph": each(async (tenantId, id) => {
      const run = await runs.loadRun(tenantId, id);
      if (run.status === "running") await graphs.cancel(run);
    }),
    "dead-letters.replay": async (tenantId, ids, { actor, reason }) =>
      ids.map((replayId) => async () => {
        const { status } = await replayRows.loadReplay({ tenantId, replayId });
        if (hasEnded(status)) return;
        await replays.wake(await replayRows.steerReplay({ tenantId, replayId }, "cancel", { actor, reason }));
      }),
  };
}

function sendCancelling(pool: pg.Pool, connect: () => Promise<Client>): Teller {
  const campaigns = createCampaignWorkflow(connect);
  const sends = createSends(pool);
  return each(async (tenantId, id) => {
    const send = await sends.loadSend(tenantId, id);
    if (hasEnded(send.status)) return;
    if (await campaigns.signal(id, cancelSignal, [])) return;
    await campaigns.signalWithStart(send, cancelSignal);
  });
}

function fileCancelling(pool: pg.Pool, connect: () => Promise<Client>): Tellers {
  const imports = createImportWorkflow(connect);
  const importRows = createImportRows(pool);
  const exports = createExportWorkflow(connect);
  const exportRows = createExportRows(pool);
  return {
    "import.contacts": each(async (tenantId, id) => {
      const row = await importRows.loadImport(tenantId, id);
      if (!hasEnded(row.status)) await imports.cancel(row);
    }),
    "export.data": each(async (tenantId, id) => {
      const row = await exportRows.loadExport(tenantId, id);
      if (!hasEnded(row.status)) await exports.cancel(row);
    }),
  };
}

function each(tell: (tenantId: string, id: string) => Promise<void>): Teller {
  return async (tenantId, ids) => ids.map((id) => () => tell(tenantId, id));
}

function hasEnded(status: string): boolean {
  return ["completed", "cancelled", "failed", "expired"].includes(status);
}
