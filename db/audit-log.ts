import type pg from "pg";
import type { Queryable } from "./pool.js";

/** Who does something, and why. */
export interface Authorship {
  actor: string;
  reason: string | null;
}

export interface AuditEntry extends Authorship {
  auditId: string;
  tenantId: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
  at: Date;
  /** Of a change over HTTP: `done`, `failed` or why it was refused; null also when its process died in the middle. */
  outcome: string | null;
}

export interface AuditLog {
  /** Newest first; `before` is the last one of the page before. */
  listAudit(
    tenantId: string,
    page: { action?: string; subject?: string; before?: string; limit: number },
  ): Promise<AuditEntry[]>;
  /** Before a change is made. @returns the entry's id */
  begin(entry: NewAuditEntry): Promise<string>;
  finish(auditId: string, outcome: string): Promise<void>;
  /** What happened already. */
  record(entry: NewAuditEntry): Promise<void>;
}

export function createAuditLog(pool: pg.Pool): AuditLog {
  return {
    async listAudit(tenantId, { action, subject, before, limit }) {
      const { rows } = await pool.query<AuditEntry>(
        `select audit_id as "auditId", tenant_id as "tenantId", actor, action, subject, reason, before, after, at,
           outcome
         from audit_log
         where tenant_id = $1 and ($2::text is null or action = $2) and ($3::text is null or subject = $3)
           and ($4::bigint is null or audit_id < $4)
         order by audit_id desc limit $5`,
        [tenantId, action ?? null, subject?.slice(0, longestSubject) ?? null, before ?? null, limit],
      );
      return rows;
    },
    async begin(entry) {
      const { rows } = await insertEntry(pool, entry);
      return rows[0]?.auditId ?? "";
    },
    record: (entry) => recordAudit(pool, entry),
    async finish(auditId, outcome) {
      await pool.query("update audit_log set outcome = $2 where audit_id = $1", [auditId, outcome]);
    },
  };
}

export type NewAuditEntry = Omit<AuditEntry, "auditId" | "at" | "before" | "after" | "outcome"> & {
  before?: unknown;
  after?: unknown;
};

/** Inside the transaction of what it tells. */
export async function recordAudit(db: Queryable, entry: NewAuditEntry): Promise<void> {
  await insertEntry(db, entry);
}

/** Paths that were asked for may be longer than an index takes. */
const longestSubject = 500;

function insertEntry(db: Queryable, entry: NewAuditEntry): Promise<pg.QueryResult<{ auditId: string }>> {
  return db.query(
    `insert into audit_log (tenant_id, actor, action, subject, reason, before, after) values ($1, $2, $3, $4, $5, $6, $7)
     returning audit_id as "auditId"`,
    [
      ...[entry.tenantId, entry.actor, entry.action, entry.subject.slice(0, longestSubject), entry.reason],
      toJson(entry.before),
      toJson(entry.after),
    ],
  );
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
