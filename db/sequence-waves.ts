import type pg from "pg";
import type { SequencePage } from "../activities/sequence-ports.js";
import type { SequenceCount } from "../domain/sequence-counts.js";
import { decideStep, planStep, stepTime, type SequenceRules } from "../domain/sequence-rules.js";
import type { SequenceStatus } from "../domain/sequence-status.js";
import { NotFound } from "../domain/errors.js";
import { transaction } from "./pool.js";
import { loadDueContacts, type DueContact } from "./sequence-facts.js";
import { addToWaveSend } from "./sequence-sends.js";
import { ensurePartition } from "./sends.js";

/** Recipients that one transaction moves: a second of work. */
const page = 5_000;

interface SequenceRow {
  tenant_id: string;
  rules: SequenceRules;
  status: SequenceStatus;
  wave: number;
  wave_at_ms: number | null;
  wave_cursor: string;
}

export interface TakenContacts {
  page: SequencePage;
  counts: SequenceCount[];
}

/** What a decision makes of an enrollment. */
interface Move {
  contactId: string;
  step: number;
  status: "active" | "finished" | "exited";
  nextStep: number;
  plannedForMs: number;
  dueAtMs: number;
  exitReason: string | null;
  /** Null: nothing became of the step yet, or nothing ever will. */
  result: "sent" | "skipped" | null;
  reason: string | null;
  lateMs: number;
}

/**
 * `SequenceStore.takeDueContacts`. A wave is all who were due at the instant of its first page, in contact order, so that the
 * batches of its sends are ranges of contacts that do not meet. The lock of the sequence's row makes repeats take turns.
 */
export async function takeDueContacts(
  pool: pg.Pool,
  sequenceId: string,
  nowMs: number,
): Promise<TakenContacts> {
  const month = await ensurePartition(pool);
  return transaction(pool, async (client) => {
    const sequence = await lockSequence(client, sequenceId);
    if (sequence.status !== "running") return { page: { more: false, contacts: 0 }, counts: [] };
    // Who belongs to the wave is fixed; whether he is late is not: its next page may come after an outage.
    const atMs = sequence.wave_at_ms ?? nowMs;
    const { tenant_id: tenantId, rules, wave, wave_cursor: after } = sequence;
    const due = await loadDueContacts(client, { sequenceId, tenantId, rules, atMs, after, limit: page });
    const moves = due.map((contact) => moveOf(rules, contact, nowMs));
    for (const [index, { templateVersionId }] of rules.steps.entries()) {
      const step = index + 1;
      const sent = moves.filter((move) => move.step === step && move.result === "sent");
      if (sent.length === 0) continue;
      const send = { sequenceId, tenantId, step, wave, templateVersionId, month };
      const sendId = await addToWaveSend(client, send, sent.map(idOf));
      await insertResults(client, { sequenceId, tenantId, sendId, nowMs }, sent);
    }
    const skipped = moves.filter((move) => move.result === "skipped");
    await insertResults(client, { sequenceId, tenantId, sendId: null, nowMs }, skipped);
    await moveEnrollments(client, sequenceId, moves, nowMs);
    const more = due.length === page;
    if (more) await turnPage(client, sequenceId, atMs, moves.at(-1)?.contactId ?? after);
    else await closeWave(client, sequenceId);
    return { page: { more, contacts: due.length }, counts: moves.flatMap(countsOf) };
  });
}

function idOf(move: Move): string {
  return move.contactId;
}

async function lockSequence(client: pg.PoolClient, sequenceId: string): Promise<SequenceRow> {
  const { rows } = await client.query<SequenceRow>(
    `select tenant_id, rules, status, wave, (extract(epoch from wave_at) * 1000)::float8 as wave_at_ms, wave_cursor
     from sequences where campaign_id = $1 for no key update`,
    [sequenceId],
  );
  if (!rows[0]) throw new NotFound("sequence", sequenceId);
  return rows[0];
}

function moveOf(rules: SequenceRules, contact: DueContact, nowMs: number): Move {
  const { contactId, step, zone, plannedForMs, facts } = contact;
  const decision = decideStep(rules, { step, plannedForMs, nowMs, zone, facts });
  const same: Move = {
    ...{ contactId, step, status: "active", nextStep: step, plannedForMs, dueAtMs: nowMs },
    ...{ exitReason: null, result: null, reason: null, lateMs: 0 },
  };
  switch (decision.kind) {
    case "exit":
      return { ...same, status: "exited", exitReason: decision.reason };
    case "wait":
      return { ...same, dueAtMs: decision.untilMs };
    case "skip":
    case "send": {
      const { lateMs } = decision;
      const result = decision.kind === "send" ? "sent" : "skipped";
      const done = {
        ...same,
        result,
        reason: decision.kind === "skip" ? decision.reason : null,
        lateMs,
      } as const;
      if (step >= rules.steps.length) return { ...done, status: "finished" };
      const next = planStep(rules, step + 1, stepTime(rules, { plannedForMs, nowMs }), zone);
      return { ...done, nextStep: step + 1, plannedForMs: next, dueAtMs: next };
    }
  }
}

function countsOf({ result, reason, lateMs, status, exitReason }: Move): SequenceCount[] {
  const counts: SequenceCount[] = [];
  if (result === "sent") counts.push({ event: result, reason: lateMs > 0 ? "late" : "on-time", contacts: 1 });
  if (result === "skipped") counts.push({ event: result, reason: reason ?? "", contacts: 1 });
  if (status === "exited") counts.push({ event: status, reason: exitReason ?? "", contacts: 1 });
  if (status === "finished") counts.push({ event: status, reason: "", contacts: 1 });
  return counts;
}

interface ResultsInput {
  sequenceId: string;
  tenantId: string;
  sendId: string | null;
  nowMs: number;
}

/** No `on conflict`: a second result of a step would be a second mail, and must fail. */
async function insertResults(client: pg.PoolClient, input: ResultsInput, moves: Move[]): Promise<void> {
  if (moves.length === 0) return;
  await client.query(
    `insert into sequence_step_results
       (campaign_id, contact_id, step, tenant_id, result, reason, late_ms, send_id, decided_at)
     select $1::uuid, contact_id, step, $2, result, reason, late_ms, $3::uuid, $4::timestamptz
     from unnest($5::bigint[], $6::int[], $7::text[], $8::text[], $9::bigint[])
       as r (contact_id, step, result, reason, late_ms)`,
    [
      ...[input.sequenceId, input.tenantId, input.sendId, new Date(input.nowMs)],
      ...[moves.map(idOf), moves.map((move) => move.step), moves.map((move) => move.result)],
      ...[moves.map((move) => move.reason), moves.map((move) => Math.round(move.lateMs))],
    ],
  );
}

async function moveEnrollments(
  client: pg.PoolClient,
  sequenceId: string,
  moves: Move[],
  nowMs: number,
): Promise<void> {
  if (moves.length === 0) return;
  await client.query(
    `update sequence_enrollments e set status = m.status, next_step = m.next_step, planned_for = m.planned_for,
       due_at = m.due_at, exit_reason = m.exit_reason, ended_at = case when m.status <> 'active' then $2::timestamptz end
     from unnest($3::bigint[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::text[])
       as m (contact_id, status, next_step, planned_for, due_at, exit_reason)
     where e.campaign_id = $1 and e.contact_id = m.contact_id and e.status = 'active'`,
    [
      ...[sequenceId, new Date(nowMs), moves.map(idOf), moves.map((move) => move.status)],
      ...[moves.map((move) => move.nextStep), moves.map((move) => new Date(move.plannedForMs))],
      ...[moves.map((move) => new Date(move.dueAtMs)), moves.map((move) => move.exitReason)],
    ],
  );
}

async function turnPage(
  client: pg.PoolClient,
  sequenceId: string,
  atMs: number,
  cursor: string,
): Promise<void> {
  await client.query("update sequences set wave_at = $2, wave_cursor = $3 where campaign_id = $1", [
    sequenceId,
    new Date(atMs),
    cursor,
  ]);
}

/** From here on the wave's sends are ordinary ones: their audience is complete. */
export async function closeWave(client: pg.PoolClient, sequenceId: string): Promise<void> {
  await client.query(
    `with closed as (
       update sequences set wave = wave + 1, wave_at = null, wave_cursor = 0 where campaign_id = $1
     )
     update campaign_sends set snapshot_done = true where campaign_id = $1 and not snapshot_done`,
    [sequenceId],
  );
}
