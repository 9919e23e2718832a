import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { recordEvents } from "./events.js";

/** How far a step is; figures count contacts. */
export interface StepProgress {
  /** Counts from 1. */
  step: number;
  /** Whose next step it is. */
  waiting: number;
  /** Taken into a send; the send's ledger says what came of it. */
  sent: number;
  /** Of these, later than the sequence allows. */
  sentLate: number;
  skippedByCondition: number;
  skippedAsLate: number;
  opened: number;
  clicked: number;
  replied: number;
}

export interface SequenceProgress {
  enrolled: number;
  active: number;
  finished: number;
  exited: number;
  cancelled: number;
  /** How many left by each exit rule. */
  exits: Record<string, number>;
  steps: StepProgress[];
}

/** One contact's place in a sequence. */
export interface Enrollment {
  contactId: string;
  status: "active" | "finished" | "exited" | "cancelled";
  nextStep: number;
  dueAt: Date;
  exitReason: string | null;
  enrolledAt: Date;
  endedAt: Date | null;
}

export interface SequenceKey {
  tenantId: string;
  sequenceId: string;
}

export interface SequenceReports {
  loadProgress(sequence: SequenceKey & { steps: number }): Promise<SequenceProgress>;
  /** By contact id; `after` is the last contact of the page before. */
  listEnrollments(page: SequenceKey & { after?: string | undefined; limit: number }): Promise<Enrollment[]>;
  /** Counts once, however often it is told. @throws NotFound when the tenant's send has no such recipient. */
  recordReply(reply: { tenantId: string; sendId: string; contactId: string }): Promise<void>;
}

export function createSequenceReports(pool: pg.Pool): SequenceReports {
  return {
    loadProgress: (sequence) => loadProgress(pool, sequence),
    listEnrollments: (page) => listEnrollments(pool, page),
    recordReply: (reply) => recordReply(pool, reply),
  };
}

async function loadProgress(
  pool: pg.Pool,
  sequence: SequenceKey & { steps: number },
): Promise<SequenceProgress> {
  const [contacts, ofSteps] = await Promise.all([
    pool.query<{ status: Enrollment["status"]; reason: string | null; count: number }>(
      `select status, exit_reason as reason, count(*)::float8 as count from sequence_enrollments
       where campaign_id = $1 and tenant_id = $2 group by 1, 2`,
      [sequence.sequenceId, sequence.tenantId],
    ),
    loadSteps(pool, sequence),
  ]);
  const sum = (of: typeof contacts.rows): number => of.reduce((total, row) => total + row.count, 0);
  const inStatus = (status: Enrollment["status"]) =>
    sum(contacts.rows.filter((row) => row.status === status));
  const exits = contacts.rows.flatMap(({ reason, count }) =>
    reason === null ? [] : [[reason, count] as const],
  );
  return {
    enrolled: sum(contacts.rows),
    ...{ active: inStatus("active"), finished: inStatus("finished") },
    ...{ exited: inStatus("exited"), cancelled: inStatus("cancelled") },
    exits: Object.fromEntries(exits),
    steps: ofSteps,
  };
}

async function loadSteps(
  pool: pg.Pool,
  { tenantId, sequenceId, steps }: SequenceKey & { steps: number },
): Promise<StepProgress[]> {
  const { rows } = await pool.query<StepProgress>(
    `with results as (
       select r.step, count(*) filter (where r.result = 'sent') as sent,
         count(*) filter (where r.result = 'sent' and r.late_ms > 0) as sent_late,
         count(*) filter (where r.reason = 'condition') as by_condition,
         count(*) filter (where r.reason = 'late') as as_late
       from sequence_step_results r where r.campaign_id = $1 and r.tenant_id = $3 group by r.step
     ), engaged as (
       select r.step, count(*) filter (where g.kind = 'open') as opened, count(*) filter (where g.kind = 'click') as clicked,
         count(*) filter (where g.kind = 'reply') as replied
       from sequence_step_results r
       join email_engagements g on g.send_id = r.send_id and g.contact_id = r.contact_id
       where r.campaign_id = $1 and r.tenant_id = $3 group by r.step
     ), waiting as (
       select next_step as step, count(*) as waiting from sequence_enrollments
       where campaign_id = $1 and tenant_id = $3 and status = 'active' group by next_step
     )
     select step, coalesce(waiting, 0)::float8 as waiting, coalesce(sent, 0)::float8 as sent,
       coalesce(sent_late, 0)::float8 as "sentLate", coalesce(by_condition, 0)::float8 as "skippedByCondition",
       coalesce(as_late, 0)::float8 as "skippedAsLate", coalesce(opened, 0)::float8 as opened,
       coalesce(clicked, 0)::float8 as clicked, coalesce(replied, 0)::float8 as replied
     from generate_series(1, $2::int) as step
     left join results using (step) left join engaged using (step) left join waiting using (step)
     order by step`,
    [sequenceId, steps, tenantId],
  );
  return rows;
}

async function listEnrollments(
  pool: pg.Pool,
  { tenantId, sequenceId, after, limit }: SequenceKey & { after?: string | undefined; limit: number },
): Promise<Enrollment[]> {
  const { rows } = await pool.query<Enrollment>(
    `select contact_id as "contactId", status, next_step as "nextStep", due_at as "dueAt", exit_reason as "exitReason",
       enrolled_at as "enrolledAt", ended_at as "endedAt"
     from sequence_enrollments where campaign_id = $1 and tenant_id = $4 and contact_id > $2
     order by contact_id limit $3`,
    [sequenceId, after ?? "0", limit, tenantId],
  );
  return rows;
}

async function recordReply(
  pool: pg.Pool,
  { tenantId, sendId, contactId }: { tenantId: string; sendId: string; contactId: string },
): Promise<void> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select exists (
       select from campaign_sends s
       join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
       where s.tenant_id = $1 and s.send_id = $2 and r.contact_id = $3
     ) as found`,
    [tenantId, sendId, contactId],
  );
  if (!rows[0]?.found) throw new NotFound("recipient", contactId);
  await recordEvents(pool, [{ sendId, contactId, kind: "reply", occurredAt: new Date() }]);
}
