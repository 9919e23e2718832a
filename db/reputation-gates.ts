import type pg from "pg";
import {
  nextGate,
  openGate,
  releasedGate,
  type GateState,
  type ReputationGate,
} from "../domain/reputation-gates.js";
import { gateKey } from "../domain/reputation-limits.js";
import { recordAudit, type Authorship } from "./audit-log.js";
import { transaction, type Queryable } from "./pool.js";
import { loadGateFacts, nothingMeasured } from "./reputation-gate-facts.js";

/** What has a gate. */
export interface Gated {
  /** `*`: the platform's, of a node that every tenant may use. */
  tenantId: string;
  kind: "domain" | "node";
  subject: string;
}

export interface GateChange extends Gated {
  gate: ReputationGate;
  previous: ReputationGate;
}

/** Tenants behind `after` who have sent within the last hours, or of whom a gate is not open. */
export async function listTenantsToGate(
  pool: pg.Pool,
  { after, limit, nowMs }: { after: string | null; limit: number; nowMs: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ tenantId: string }>(
    `select t.tenant_id as "tenantId" from tenants t
     where ($1::text is null or t.tenant_id > $1) and (
       exists (select from delivery_hours h where h.tenant_id = t.tenant_id and h.hour > $3::timestamptz - interval '3 hours')
       or exists (select from reputations r where r.tenant_id = t.tenant_id and r.gate <> 'none'))
     order by t.tenant_id limit $2`,
    [after, limit, new Date(nowMs)],
  );
  return rows.map(({ tenantId }) => tenantId);
}

/**
 * Judges what is these tenants' (`*`: nodes that all may use) and writes what has changed. Domains first: what a stopped one has
 * done is not held against the nodes that it left by.
 */
export async function checkGates(
  pool: pg.Pool,
  { tenantIds, nowMs }: { tenantIds: readonly string[]; nowMs: number },
): Promise<{ checked: number; changes: GateChange[] }> {
  return transaction(pool, async (client) => {
    const states = await lockStates(client, tenantIds);
    let checked = 0;
    const changes: GateChange[] = [];
    for (const kind of ["domain", "node"] as const) {
      const rows = await loadGateFacts(client, kind, { tenantIds, nowMs });
      const facts = new Map(rows.map((row) => [gateKey(row), row]));
      const known = [...states.values()].filter((one) => one.kind === kind && !facts.has(gateKey(one)));
      const judged = [...rows, ...known.map((one) => ({ ...one, ...nothingMeasured }))].map((row) => {
        const before = states.get(gateKey(row))?.state ?? openGate;
        return { gated: row, before, next: nextGate(before, row, nowMs) };
      });
      checked += judged.length;
      const changed = judged.filter(({ before, next }) => next !== before);
      await writeGates(client, changed);
      changes.push(
        ...changed
          .filter(({ before, next }) => next.gate !== before.gate)
          .map(({ gated, before, next }) => ({
            ...{ tenantId: gated.tenantId, kind, subject: gated.subject },
            ...{ gate: next.gate, previous: before.gate },
          })),
      );
    }
    return { checked, changes };
  });
}

/** It is judged by what comes of mail from now on. @returns false: there is no such gate */
export async function releaseGate(pool: pg.Pool, gated: Gated, by: Authorship): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<StateRow>(`${stateText} and kind = $2 and subject = $3 for update`, [
      [gated.tenantId],
      gated.kind,
      gated.subject,
    ]);
    if (!rows[0]) return false;
    const before = toState(rows[0]);
    const next = releasedGate(before, Date.now());
    await writeGates(client, [{ gated, next }]);
    await client.query(
      `update reputations set released_by = $4
       where tenant_id = $1 and kind = $2 and subject = $3 and mailbox_provider = ''`,
      [gated.tenantId, gated.kind, gated.subject, by.actor],
    );
    await recordAudit(client, {
      ...{ tenantId: gated.tenantId, action: "reputation.release", ...by },
      subject: `${gated.kind}/${gated.subject}`,
      before: { gate: before.gate, reason: before.reason },
      after: { gate: next.gate },
    });
    return true;
  });
}

interface StateRow extends Gated {
  gate: ReputationGate;
  reason: string | null;
  since: Date;
  stops: number;
  resumeAt: Date | null;
  judgedFrom: Date | null;
  perDay: number | null;
  perHour: number | null;
}

const stateText = `
  select tenant_id as "tenantId", kind, subject, gate, gate_reason as reason, gate_since as since, stops,
    resume_at as "resumeAt", judged_from as "judgedFrom", per_day as "perDay", per_hour as "perHour"
  from reputations where mailbox_provider = '' and kind <> 'mailbox-provider' and tenant_id = any ($1)`;

/** In one order, so that two who check wait for one another. */
async function lockStates(
  db: Queryable,
  tenantIds: readonly string[],
): Promise<Map<string, Gated & { state: GateState }>> {
  const { rows } = await db.query<StateRow>(`${stateText} order by tenant_id, kind, subject for update`, [
    tenantIds,
  ]);
  return new Map(
    rows.map(({ tenantId, kind, subject, ...row }) => [
      gateKey({ tenantId, kind, subject }),
      { tenantId, kind, subject, state: toState(row) },
    ]),
  );
}

function toState(row: Omit<StateRow, keyof Gated>): GateState {
  const { gate, reason, since, stops, resumeAt, judgedFrom, perDay, perHour } = row;
  return {
    ...{ gate, reason, sinceMs: since.getTime(), stops },
    resumeAtMs: resumeAt?.getTime() ?? null,
    judgedFromMs: judgedFrom?.getTime() ?? null,
    slowed: perDay === null || perHour === null ? null : { perDay, perHour },
  };
}

async function writeGates(
  db: Queryable,
  changed: readonly { gated: Gated; next: GateState }[],
): Promise<void> {
  if (changed.length === 0) return;
  const instant = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  await db.query(
    `insert into reputations (tenant_id, kind, subject, gate, gate_reason, gate_since, stops, resume_at, judged_from, per_day,
       per_hour)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[],
       $8::timestamptz[], $9::timestamptz[], $10::int[], $11::int[]) order by 1, 2, 3
     on conflict (tenant_id, kind, subject, mailbox_provider) do update set gate = excluded.gate,
       gate_reason = excluded.gate_reason, gate_since = excluded.gate_since, stops = excluded.stops,
       resume_at = excluded.resume_at, judged_from = excluded.judged_from, per_day = excluded.per_day,
       per_hour = excluded.per_hour`,
    [
      changed.map(({ gated }) => gated.tenantId),
      changed.map(({ gated }) => gated.kind),
      changed.map(({ gated }) => gated.subject),
      changed.map(({ next }) => next.gate),
      changed.map(({ next }) => next.reason),
      changed.map(({ next }) => instant(next.sinceMs)),
      changed.map(({ next }) => next.stops),
      changed.map(({ next }) => instant(next.resumeAtMs)),
      changed.map(({ next }) => instant(next.judgedFromMs)),
      changed.map(({ next }) => next.slowed?.perDay ?? null),
      changed.map(({ next }) => next.slowed?.perHour ?? null),
    ],
  );
}
