import type pg from "pg";
import {
  abTestWorkflowId,
  campaignWorkflowId,
  emailsWorkflowId,
  exportWorkflowId,
  importWorkflowId,
  jobGraphWorkflowId,
  replayWorkflowId,
  sequenceWorkflowId,
  webhookWorkflowId,
} from "../domain/ids.js";
import type { JobKind, JobRef } from "../domain/jobs.js";
import { loadJob, type Job } from "./jobs.js";
import type { Queryable } from "./pool.js";

export interface JobAttempt {
  attempt: number;
  at: Date | null;
  error: string | null;
  /** In the words of its kind: a reply's codes and node, or a request's status and the beginning of its answer. */
  outcome: Record<string, unknown>;
}

/** A piece of it that has a state of its own: a batch of a send, a job of a graph. */
export interface JobPart {
  name: string;
  state: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  detail: Record<string, unknown>;
}

export interface JobDetail extends Job {
  /** As Temporal's Web UI finds it. */
  workflowId: string;
  /** What it was asked to do. */
  payload: Record<string, unknown>;
  /** Webhooks keep each attempt; of an email the last one to each recipient is known. */
  attemptLog: JobAttempt[];
  /** Unfinished ones first; the first 200. */
  parts: JobPart[];
  /** When a person took it out of the list; else null. */
  removedAt: Date | null;
}

export interface JobDetails {
  /** Also of one that was removed from the list. @throws NotFound */
  loadJob(tenantId: string, ref: JobRef): Promise<JobDetail>;
}

export function createJobDetails(pool: pg.Pool): JobDetails {
  return {
    async loadJob(tenantId, ref) {
      const job = await loadJob(pool, tenantId, ref);
      const [about, attemptLog, parts, removedAt] = await Promise.all([
        loadAbout(pool, job),
        loadAttempts(pool, job),
        loadParts(pool, job),
        loadRemoval(pool, job),
      ]);
      const { payload, owner } = about;
      return { ...job, payload, workflowId: workflowIdOf[job.kind](owner), attemptLog, parts, removedAt };
    },
  };
}

const workflowIdOf: Record<JobKind, (id: string) => string> = {
  "email.send": emailsWorkflowId,
  "webhook.dispatch": webhookWorkflowId,
  "campaign.process": campaignWorkflowId,
  "campaign.sequence": sequenceWorkflowId,
  "campaign.ab-test": abTestWorkflowId,
  "import.contacts": importWorkflowId,
  "export.data": exportWorkflowId,
  "job.graph": jobGraphWorkflowId,
  "dead-letters.replay": replayWorkflowId,
};

/** The work as it was asked for, and whose workflow does it; by the kind's key. */
const abouts: Record<JobKind, string> = {
  "email.send": `
    select e.group_id as owner, jsonb_build_object('fromEmail', e.from_email, 'fromName', e.from_name,
      'replyTo', e.reply_to, 'subject', e.subject, 'templateVersionId', e.template_version_id,
      'variables', e.variables, 'headers', e.headers, 'campaignId', e.campaign_id, 'idempotencyKey', e.idempotency_key,
      'recipients', (select jsonb_agg(jsonb_build_object('kind', r.kind, 'email', r.email, 'status', r.status)
        order by r.position) from email_recipients r where r.email_id = e.email_id)) as payload
    from emails e where e.tenant_id = $1 and e.email_id = $2::uuid`,
  "webhook.dispatch": `
    select d.webhook_id as owner, jsonb_build_object('webhookId', d.webhook_id, 'url', w.url, 'messageId', d.message_id,
      'eventId', d.event_id::text, 'type', e.type, 'data', coalesce(d.data, e.data)) as payload
    from webhook_deliveries d join webhook_endpoints w on w.webhook_id = d.webhook_id
    join webhook_events e on e.event_id = d.event_id
    where d.tenant_id = $1 and d.delivery_id = $2::bigint`,
  "campaign.process": `
    select s.send_id as owner, jsonb_build_object('campaignId', s.campaign_id, 'campaign', c.name, 'kind', c.kind,
      'runKey', s.run_key, 'lane', c.lane, 'perSecond', s.per_second, 'recipients', s.recipients,
      'batches', s.batches, 'retryRound', s.retry_round, 'scheduledAt', s.scheduled_at, 'localStart', s.local_start,
      'timeZone', s.time_zone,
      'deadLetters', (select count(*) from dead_letters d where d.send_id = s.send_id and d.resolved_at is null)) as payload
    from campaign_sends s join campaigns c on c.campaign_id = s.campaign_id
    where s.tenant_id = $1 and s.send_id = $2::uuid`,
  "campaign.sequence": `
    select q.campaign_id as owner, jsonb_build_object('campaign', c.name, 'rules', q.rules, 'wave', q.wave) as payload
    from sequences q join campaigns c on c.campaign_id = q.campaign_id
    where q.tenant_id = $1 and q.campaign_id = $2::uuid`,
  "campaign.ab-test": `
    select t.campaign_id as owner, jsonb_build_object('campaign', c.name, 'rules', t.rules, 'winner', t.winner,
      'decidedBy', t.decided_by, 'reason', t.reason) as payload
    from ab_tests t join campaigns c on c.campaign_id = t.campaign_id
    where t.tenant_id = $1 and t.campaign_id = $2::uuid`,
  "import.contacts": `
    select i.import_id as owner, jsonb_build_object('fileUrl', i.file_url, 'mapping', i.mapping, 'listId', i.list_id,
      'rowsRead', i.rows_read, 'rowsImported', i.rows_imported, 'rowsRefused', i.rows_refused,
      'totalBytes', i.total_bytes, 'processedBytes', i.processed_bytes) as payload
    from lead_imports i where i.tenant_id = $1 and i.import_id = $2::uuid`,
  "export.data": `
    select x.export_id as owner, jsonb_build_object('kind', x.kind, 'filter', x.filter, 'fileUrl', x.file_url,
      'gzip', x.gzip, 'rowsTotal', x.rows_total, 'rowsWritten', x.rows_written, 'bytes', x.bytes) as payload
    from exports x where x.tenant_id = $1 and x.export_id = $2::uuid`,
  "job.graph": `
    select r.run_id as owner, jsonb_build_object('graph', g.name, 'version', g.version, 'runKey', r.run_key,
      'resumedFrom', r.resumed_from, 'definition', g.definition) as payload
    from job_graph_runs r join job_graphs g on g.graph_id = r.graph_id
    where r.tenant_id = $1 and r.run_id = $2::uuid`,
  "dead-letters.replay": `
    select p.replay_id as owner, jsonb_build_object('filter', p.filter, 'perSecond', p.per_second, 'items', p.items,
      'replayed', p.replayed, 'refused', p.refused) as payload
    from dead_letter_replays p where p.tenant_id = $1 and p.replay_id = $2::uuid`,
};

async function loadAbout(
  db: Queryable,
  { tenantId, kind, jobId }: Job,
): Promise<{ owner: string; payload: Record<string, unknown> }> {
  const { rows } = await db.query<{ owner: string; payload: Record<string, unknown> }>(abouts[kind], [
    tenantId,
    jobId,
  ]);
  // It may have gone since it was found.
  return rows[0] ?? { owner: jobId, payload: {} };
}

const attempts: Partial<Record<JobKind, string>> = {
  "email.send": `
    select r.attempts::int as attempt, r.settled_at as at, r.reason as error, jsonb_build_object('recipient', r.email,
      'kind', r.kind, 'status', r.status, 'replyCode', r.reply_code, 'enhancedCode', r.enhanced_code,
      'nodeId', r.node_id, 'possibleDuplicate', r.possible_duplicate) as outcome
    from email_recipients r where r.tenant_id = $1 and r.email_id = $2::uuid and r.attempts > 0 order by r.position`,
  "webhook.dispatch": `
    select a.attempt::int, a.started_at as at, coalesce(a.error, case when a.response_status not between 200 and 299
      then 'answered ' || a.response_status end) as error, jsonb_build_object('outcome', a.outcome,
      'status', a.response_status, 'response', a.response, 'durationMs', a.duration_ms) as outcome
    from webhook_deliveries d join webhook_attempts a on a.delivery_id = d.delivery_id
    where d.tenant_id = $1 and d.delivery_id = $2::bigint order by a.attempt`,
};

async function loadAttempts(db: Queryable, { tenantId, kind, jobId }: Job): Promise<JobAttempt[]> {
  const text = attempts[kind];
  return text === undefined ? [] : (await db.query<JobAttempt>(text, [tenantId, jobId])).rows;
}

const parts: Partial<Record<JobKind, string>> = {
  "campaign.process": `
    select 'batch ' || b.batch_no as name, case when b.finished_at is not null then 'finished'
      when b.owner_token is not null then 'running' else 'waiting' end as state, b.claimed_at as "startedAt",
      b.finished_at as "finishedAt", jsonb_build_object('round', b.round, 'recipients', b.recipients, 'sent', b.sent,
      'deferred', b.deferred, 'failed', b.failed, 'claims', b.claims, 'dueAt', b.due_at) as detail
    from campaign_send_batches b where b.tenant_id = $1 and b.send_id = $2::uuid
    order by b.finished_at is not null, b.batch_no limit 200`,
  "job.graph": `
    select j.job as name, j.state, j.started_at as "startedAt", j.finished_at as "finishedAt",
      jsonb_build_object('attempts', j.attempts, 'reason', j.reason, 'result', j.result, 'workId', j.work_id) as detail
    from job_graph_runs r join job_graph_jobs j on j.run_id = r.run_id
    where r.tenant_id = $1 and r.run_id = $2::uuid order by j.ordinal limit 200`,
};

async function loadParts(db: Queryable, { tenantId, kind, jobId }: Job): Promise<JobPart[]> {
  const text = parts[kind];
  return text === undefined ? [] : (await db.query<JobPart>(text, [tenantId, jobId])).rows;
}

async function loadRemoval(db: Queryable, { tenantId, kind, jobId }: Job): Promise<Date | null> {
  const { rows } = await db.query<{ removedAt: Date }>(
    `select removed_at as "removedAt" from job_removals where tenant_id = $1 and kind = $2 and job_id = $3`,
    [tenantId, kind, jobId],
  );
  return rows[0]?.removedAt ?? null;
}
