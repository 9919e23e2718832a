import type pg from "pg";
import { jobHasGone, refusalOf, type JobAction, type JobKind, type JobRef } from "../domain/jobs.js";
import type { Authorship } from "./audit-log.js";
import { cancelEmails, reviveEmails } from "./emails.js";
import { keyOf, loadJobs, type Job } from "./jobs.js";
import { reviveRecipients } from "./revivals.js";
import { retryDeliveries } from "./webhook-reports.js";

export interface JobChange extends Authorship {
  tenantId: string;
  action: JobAction;
  jobs: JobRef[];
  /** Of which action on many it is a part. */
  bulkId?: string;
}

export interface JobEffect extends JobRef {
  /** Why nothing was changed, completing "The job …"; null: it stands in Postgres, and its workflow is to be told. */
  refusal: string | null;
}

/**
 * What an action changes in Postgres, inside the transaction that keeps account of it; what only a workflow can do is left to
 * whoever tells it. Each job that was changed has a line in the audit log.
 */
export async function applyToJobs(client: pg.PoolClient, change: JobChange): Promise<JobEffect[]> {
  const { tenantId, action, jobs } = change;
  const known = await loadJobs(client, tenantId, jobs);
  const fitting = [...known.values()].filter((job) => job.actions.includes(action));
  const changed = await (action === "remove" ? remove : changeOf(action))(client, tenantId, fitting);
  const done = fitting.filter((job) => changed.has(keyOf(job)));
  await recordChanges(client, change, done);
  return jobs.map((ref) => ({ ...ref, refusal: refusal(action, known.get(keyOf(ref)), changed, ref) }));
}

function refusal(
  action: JobAction,
  job: Job | undefined,
  changed: ReadonlySet<string>,
  ref: JobRef,
): string | null {
  if (changed.has(keyOf(ref))) return null;
  if (!job) return jobHasGone;
  if (!job.actions.includes(action)) return refusalOf(action, job.kind, job.state);
  return job.kind === "export.data" && action === "retry"
    ? "cannot be tried again: another export writes the same file."
    : "changed in this moment, so that the action no longer fits; look again.";
}

/** @returns the ids of those that were changed */
type Change = (client: pg.PoolClient, tenantId: string, ids: string[]) => Promise<string[]>;

/** It is the workflow that changes it. */
const byWorkflow: Change = async (_client, _tenantId, ids) => ids;

const retries: Partial<Record<JobKind, Change>> = {
  "email.send": async (client, tenantId, ids) =>
    (await reviveEmails(client, tenantId, ids)).map(({ emailId }) => emailId),
  "webhook.dispatch": retryDeliveries,
  "campaign.process": retrySends,
  "import.contacts": retryImports,
  "export.data": retryExports,
  "job.graph": byWorkflow,
};

const cancels: Partial<Record<JobKind, Change>> = {
  "email.send": cancelEmails,
  "webhook.dispatch": cancelDeliveries,
};

type Changed = (client: pg.PoolClient, tenantId: string, jobs: Job[]) => Promise<Set<string>>;

function changeOf(action: "retry" | "cancel"): Changed {
  return async (client, tenantId, jobs) => {
    const changed = await applyByKind(client, tenantId, jobs, action);
    if (action === "retry") await showAgain(client, tenantId, changed);
    return new Set(changed.map(keyOf));
  };
}

async function applyByKind(
  client: pg.PoolClient,
  tenantId: string,
  jobs: Job[],
  action: "retry" | "cancel",
): Promise<JobRef[]> {
  const changed: JobRef[] = [];
  for (const kind of new Set(jobs.map((job) => job.kind))) {
    const change = (action === "retry" ? retries : cancels)[kind] ?? byWorkflow;
    const ids = jobs.filter((job) => job.kind === kind).map(({ jobId }) => jobId);
    const done = new Set(await change(client, tenantId, ids));
    changed.push(...[...done].map((jobId) => ({ kind, jobId })));
  }
  return changed;
}

/** What still runs is cancelled first; what is dead is dismissed. What it did stays where it is counted. */
async function remove(client: pg.PoolClient, tenantId: string, jobs: Job[]): Promise<Set<string>> {
  const open = jobs.filter(({ actions }) => actions.includes("cancel"));
  const cancelled = await applyByKind(client, tenantId, open, "cancel");
  const removed = [...cancelled, ...jobs.filter((job) => !open.includes(job))];
  await client.query(
    `insert into job_removals (tenant_id, kind, job_id) select $1, * from unnest($2::text[], $3::text[])
     on conflict do nothing`,
    [tenantId, removed.map(({ kind }) => kind), removed.map(({ jobId }) => jobId)],
  );
  await dismissLetters(client, tenantId, removed);
  const ids = removed.filter(({ kind }) => kind !== "webhook.dispatch").map(({ jobId }) => jobId);
  await client.query(
    "delete from progress_tracking where tenant_id = $1 and id = any ($2::uuid[]) and finished_at is not null",
    [tenantId, ids],
  );
  return new Set(removed.map(keyOf));
}

/** Those of a send's recipients stay: each of them waits for a person. */
const letterColumns: Partial<Record<JobKind, string>> = {
  "email.send": "email_id",
  "webhook.dispatch": "delivery_id",
  "import.contacts": "import_line is null and import_id",
  "export.data": "export_id",
  "job.graph": "run_id",
};

async function dismissLetters(client: pg.PoolClient, tenantId: string, jobs: JobRef[]): Promise<void> {
  for (const kind of new Set(jobs.map((job) => job.kind))) {
    const column = letterColumns[kind];
    if (column === undefined) continue;
    await client.query(
      `update dead_letters set resolved_at = now(), resolution = 'dismissed'
       where tenant_id = $1 and resolved_at is null and ${column} = any ($2::${kind === "webhook.dispatch" ? "bigint" : "uuid"}[])`,
      [tenantId, jobs.filter((job) => job.kind === kind).map(({ jobId }) => jobId)],
    );
  }
}

async function showAgain(client: pg.PoolClient, tenantId: string, jobs: JobRef[]): Promise<void> {
  await client.query(
    `delete from job_removals r using unnest($2::text[], $3::text[]) as j (kind, job_id)
     where r.tenant_id = $1 and r.kind = j.kind and r.job_id = j.job_id`,
    [tenantId, jobs.map(({ kind }) => kind), jobs.map(({ jobId }) => jobId)],
  );
}

/** Recipients who are dead letters of these sends. */
async function retrySends(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ letterId: string; sendId: string }>(
    `select dead_letter_id as "letterId", send_id as "sendId" from dead_letters
     where tenant_id = $1 and send_id = any ($2::uuid[]) and resolved_at is null`,
    [tenantId, ids],
  );
  const letters = rows.map(({ letterId }) => letterId);
  const revived = new Set(await reviveRecipients(client, tenantId, letters));
  return [...new Set(rows.filter(({ letterId }) => revived.has(letterId)).map(({ sendId }) => sendId))];
}

/** It goes on behind its last committed chunk. */
async function retryImports(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with revived as (
       update lead_imports set status = 'pending', error = null, finished_at = null
       where tenant_id = $1 and import_id = any ($2::uuid[]) and status = 'failed'
       returning import_id, open_progress(import_id, tenant_id, user_id, 'import')
     ), letters as (
       update dead_letters d set resolved_at = now(), resolution = 'retried' from revived r
       where d.tenant_id = $1 and d.import_id = r.import_id and d.import_line is null and d.resolved_at is null
     )
     select import_id as id from revived`,
    [tenantId, ids],
  );
  return rows.map(({ id }) => id);
}

/** Its file is begun anew. */
async function retryExports(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with revived as (
       update exports e set status = 'pending', error = null, finished_at = null
       where e.tenant_id = $1 and e.export_id = any ($2::uuid[]) and e.status = 'failed'
         and not exists (select from exports o
           where o.file_url = e.file_url and o.status in ('pending', 'processing', 'completed'))
       returning e.export_id, open_progress(e.export_id, e.tenant_id, null, 'export')
     ), letters as (
       update dead_letters d set resolved_at = now(), resolution = 'retried' from revived r
       where d.tenant_id = $1 and d.export_id = r.export_id and d.resolved_at is null
     )
     select export_id as id from revived`,
    [tenantId, ids],
  );
  return rows.map(({ id }) => id);
}

/** Not one whose request is on the wire: its answer would be lost. */
async function cancelDeliveries(client: pg.PoolClient, tenantId: string, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `update webhook_deliveries d set status = 'cancelled', finished_at = now()
     where d.tenant_id = $1 and d.delivery_id = any ($2::bigint[]) and d.status = 'pending'
       and (d.next_attempt_at <= now() or d.attempts = 0 or not exists (select from webhook_attempts a
         where a.delivery_id = d.delivery_id and a.attempt = d.attempts and a.outcome is null))
     returning d.delivery_id as id`,
    [tenantId, ids],
  );
  return rows.map(({ id }) => id);
}

async function recordChanges(client: pg.PoolClient, change: JobChange, jobs: Job[]): Promise<void> {
  const { tenantId, action, actor, reason, bulkId } = change;
  await client.query(
    `insert into audit_log (tenant_id, actor, action, subject, reason, before, after)
     select $1, $2, $3, subject, $4, jsonb_build_object('status', status, 'state', state), $7::jsonb
     from unnest($5::text[], $6::text[], $8::text[]) as j (subject, status, state)`,
    [
      ...[tenantId, actor, `jobs.${action}`, reason, jobs.map(keyOf), jobs.map(({ status }) => status)],
      ...[bulkId === undefined ? null : JSON.stringify({ bulkId }), jobs.map(({ state }) => state)],
    ],
  );
}
