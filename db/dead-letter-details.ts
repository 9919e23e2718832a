import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { letterColumns, type DeadLetter } from "./dead-letters.js";
import type { Queryable } from "./pool.js";

export interface DeadLetterRef {
  tenantId: string;
  deadLetterId: string;
}

/** What is known of one attempt. The ledger keeps the last one of an email; webhooks keep each. */
export interface LetterAttempt {
  attempt: number;
  at: Date | null;
  /** In the words of its kind: a reply's codes and node, or a request's status and the begin of its answer. */
  outcome: Record<string, unknown>;
}

export interface DeadLetterDetail extends DeadLetter {
  resolution: "retried" | "dismissed" | null;
  resolvedAt: Date | null;
  /** What the work was about, as the next attempt would have it; null when it has been removed. */
  payload: Record<string, unknown> | null;
  attemptLog: LetterAttempt[];
  /** Letters of the same work that were replayed before, latest first. */
  earlier: Pick<DeadLetter, "deadLetterId" | "reason" | "attempts" | "createdAt">[];
}

export interface DeadLetterDetails {
  /** Also of one that is resolved. @throws NotFound */
  loadDeadLetter(ref: DeadLetterRef): Promise<DeadLetterDetail>;
}

export function createDeadLetterDetails(pool: pg.Pool): DeadLetterDetails {
  return {
    async loadDeadLetter(ref) {
      const [letter, attemptLog, earlier] = await Promise.all([
        loadLetter(pool, ref),
        loadAttempts(pool, ref),
        loadEarlier(pool, ref),
      ]);
      return { ...letter, attemptLog, earlier };
    },
  };
}

type Letter = Omit<DeadLetterDetail, "attemptLog" | "earlier">;

async function loadLetter(db: Queryable, { tenantId, deadLetterId }: DeadLetterRef): Promise<Letter> {
  const { rows } = await db.query<Letter>(
    `select ${letterColumns}, d.resolution, d.resolved_at as "resolvedAt", ${payloadOf} as payload
     from dead_letters d where d.tenant_id = $1 and d.dead_letter_id = $2`,
    [tenantId, deadLetterId],
  );
  if (!rows[0]) throw new NotFound("dead letter", deadLetterId);
  return rows[0];
}

/** Of `dead_letters d`: by keys, one look-up. */
const payloadOf = `case
  when d.send_id is not null then (
    select jsonb_build_object('recipient', r.email, 'campaignId', s.campaign_id) from campaign_sends s
    join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
    where s.send_id = d.send_id and s.tenant_id = d.tenant_id and r.contact_id = d.contact_id)
  when d.email_id is not null then (
    select jsonb_build_object('recipient', r.email, 'variables', e.variables, 'fromEmail', e.from_email,
      'subject', e.subject, 'templateVersionId', e.template_version_id)
    from emails e join email_recipients r on r.email_id = e.email_id and r.tenant_id = e.tenant_id
    where e.email_id = d.email_id and e.tenant_id = d.tenant_id and r.position = d.email_position)
  when d.delivery_id is not null then (
    select jsonb_build_object('webhookId', w.webhook_id, 'messageId', w.message_id, 'type', e.type,
      'data', coalesce(w.data, e.data))
    from webhook_deliveries w join webhook_events e on e.event_id = w.event_id
    where w.delivery_id = d.delivery_id and w.tenant_id = d.tenant_id)
  when d.import_line is not null then (
    select jsonb_build_object('raw', r.raw, 'field', r.field, 'values', d.payload) from lead_import_refusals r
    where r.import_id = d.import_id and r.line = d.import_line)
  when d.import_id is not null then (
    select jsonb_build_object('fileUrl', i.file_url, 'mapping', i.mapping) from lead_imports i
    where i.import_id = d.import_id and i.tenant_id = d.tenant_id)
  when d.export_id is not null then (
    select jsonb_build_object('kind', e.kind, 'filter', e.filter, 'fileUrl', e.file_url) from exports e
    where e.export_id = d.export_id and e.tenant_id = d.tenant_id)
  else (
    select jsonb_build_object('graph', g.name, 'version', g.version, 'definition', j) from job_graph_runs r
    join job_graphs g on g.graph_id = r.graph_id
    cross join jsonb_array_elements(g.definition -> 'jobs') j
    where r.run_id = d.run_id and r.tenant_id = d.tenant_id and j ->> 'name' = d.job)
end`;

async function loadAttempts(
  db: Queryable,
  { tenantId, deadLetterId }: DeadLetterRef,
): Promise<LetterAttempt[]> {
  const { rows } = await db.query<LetterAttempt>(
    `with letter as (select * from dead_letters where tenant_id = $1 and dead_letter_id = $2)
     select a.attempt::int, a.started_at as at, jsonb_build_object('outcome', a.outcome, 'status', a.response_status,
       'response', a.response, 'error', a.error, 'durationMs', a.duration_ms) as outcome
     from letter d join webhook_attempts a on a.delivery_id = d.delivery_id
     union all
     select d.attempts::int, r.settled_at, jsonb_build_object('reason', r.reason, 'replyCode', r.reply_code,
       'enhancedCode', r.enhanced_code, 'nodeId', r.node_id, 'status', r.status)
     from letter d join email_recipients r
       on r.email_id = d.email_id and r.position = d.email_position and r.tenant_id = d.tenant_id
     union all
     select d.attempts::int, r.settled_at, jsonb_build_object('reason', r.reason, 'replyCode', r.reply_code,
       'enhancedCode', r.enhanced_code, 'nodeId', r.node_id, 'status', r.status)
     from letter d join campaign_sends s on s.send_id = d.send_id and s.tenant_id = d.tenant_id
     join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.contact_id = d.contact_id
       and r.tenant_id = d.tenant_id
     order by 1`,
    [tenantId, deadLetterId],
  );
  return rows;
}

async function loadEarlier(
  db: Queryable,
  { tenantId, deadLetterId }: DeadLetterRef,
): Promise<DeadLetterDetail["earlier"]> {
  const { rows } = await db.query<DeadLetterDetail["earlier"][number]>(
    `with recursive chain as (
       select replay_of from dead_letters where tenant_id = $1 and dead_letter_id = $2
       union
       select d.replay_of from chain c join dead_letters d on d.dead_letter_id = c.replay_of and d.tenant_id = $1
     )
     select d.dead_letter_id as "deadLetterId", d.reason, d.attempts, d.created_at as "createdAt"
     from chain c join dead_letters d on d.dead_letter_id = c.replay_of and d.tenant_id = $1
     order by d.dead_letter_id desc limit 100`,
    [tenantId, deadLetterId],
  );
  return rows;
}
