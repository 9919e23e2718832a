import type pg from "pg";
import type { FindingAction, RecordedFinding } from "../activities/recurring-ports.js";

/** One row a subject: seen again, it counts up and keeps what was done last. */
export async function recordFindings(
  pool: pg.Pool,
  job: string,
  findings: readonly RecordedFinding[],
): Promise<void> {
  if (findings.length === 0) return;
  await pool.query(
    `insert into maintenance_findings (job, kind, subject_id, tenant_id, detail, action)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     on conflict (job, kind, subject_id) do update set detail = excluded.detail, action = excluded.action,
       times = maintenance_findings.times + 1, last_seen_at = now()`,
    [
      job,
      findings.map(({ kind }) => kind),
      findings.map(({ subjectId }) => subjectId),
      findings.map(({ tenantId }) => tenantId),
      findings.map(({ detail }) => detail),
      findings.map(({ action }) => action),
    ],
  );
}

/** Something that the stalled-job detector or the consistency check found, and how often. */
export interface ReportedFinding {
  job: string;
  kind: string;
  subjectId: string;
  tenantId: string;
  detail: string;
  action: FindingAction;
  times: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

export interface FindingStore {
  /** Seen last first. */
  listFindings(limit: number): Promise<ReportedFinding[]>;
}

export function createFindingStore(pool: pg.Pool): FindingStore {
  return {
    async listFindings(limit) {
      const { rows } = await pool.query<ReportedFinding>(
        `select job, kind, subject_id as "subjectId", tenant_id as "tenantId", detail, action, times,
           first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"
         from maintenance_findings order by last_seen_at desc, job, kind, subject_id limit $1`,
        [limit],
      );
      return rows;
    },
  };
}
