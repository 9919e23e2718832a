import type pg from "pg";
import type { Limit } from "../domain/permits.js";
import { gateKey } from "../domain/reputation-limits.js";
import type { Gated } from "./reputation-gates.js";

/** What gates hold of these keys, as permits ask for them. */
export async function loadGateLimits(pool: pg.Pool, tenantId: string, keys: string[]): Promise<Limit[]> {
  const { rows } = await pool.query<LimitRow>({
    name: "load-gate-limits",
    text: `${limitText} and tenant_id in ($1, '*')
      and case kind when 'node' then 'node/' || subject else tenant_id || '/domain/' || subject end = any ($2)`,
    values: [tenantId, keys],
  });
  return rows.map(toLimit);
}

/** All that gates hold, or what concerns one tenant. */
export async function listGateLimits(pool: pg.Pool, tenantId?: string): Promise<Limit[]> {
  const { rows } = await pool.query<LimitRow>(
    `${limitText} and ($1::text is null or tenant_id in ($1, '*')) order by tenant_id, kind, subject`,
    [tenantId ?? null],
  );
  return rows.map(toLimit);
}

interface LimitRow extends Gated {
  gate: "slow" | "stop";
  perDay: number | null;
  perHour: number | null;
  resumeAt: Date | null;
  reason: string | null;
}

const limitText = `
  select tenant_id as "tenantId", kind, subject, gate, per_day as "perDay", per_hour as "perHour", resume_at as "resumeAt",
    gate_reason as reason
  from reputations where gate in ('slow', 'stop')`;

function toLimit({ gate, perDay, perHour, resumeAt, reason, ...gated }: LimitRow): Limit {
  return {
    ...{ scope: "reputation", key: gateKey(gated) },
    ...(perDay !== null && { perDay }),
    ...(perHour !== null && { perHour }),
    ...(gate === "stop" && { stoppedUntil: resumeAt }),
    ...(reason !== null && { reason }),
  };
}
