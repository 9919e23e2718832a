import type pg from "pg";

/** Work that spent its attempts and waits for a person. */
export interface DeadLetter {
  deadLetterId: string;
  kind: string;
  /** Of a campaign's recipient: its send and contact; else null. */
  sendId: string | null;
  contactId: string | null;
  /** Of a single email; else null. */
  emailId: string | null;
  /** Of an event for a webhook; else null. */
  deliveryId: string | null;
  reason: string;
  attempts: number;
  createdAt: Date;
}

export interface DeadLetterStore {
  /** Open ones, oldest first; `after` is the last id of the page before. */
  listDeadLetters(
    tenantId: string,
    page: { sendId?: string; after?: string; limit: number },
  ): Promise<DeadLetter[]>;
  /** Open ones by reason, most frequent first. */
  countDeadLetters(tenantId: string, sendId?: string): Promise<{ reason: string; count: number }[]>;
  /** @returns how many were open and are now dismissed. Retried ones are resolved by what revives them. */
  dismissDeadLetters(tenantId: string, deadLetterIds: string[]): Promise<number>;
}

export function createDeadLetterStore(pool: pg.Pool): DeadLetterStore {
  return {
    listDeadLetters: (tenantId, page) => listDeadLetters(pool, tenantId, page),
    countDeadLetters: (tenantId, sendId) => countDeadLetters(pool, tenantId, sendId),
    dismissDeadLetters: (tenantId, ids) => dismissDeadLetters(pool, tenantId, ids),
  };
}

async function listDeadLetters(
  pool: pg.Pool,
  tenantId: string,
  page: { sendId?: string; after?: string; limit: number },
): Promise<DeadLetter[]> {
  const { rows } = await pool.query<DeadLetter>(
    `select dead_letter_id as "deadLetterId", kind, send_id as "sendId", contact_id as "contactId",
       email_id as "emailId", delivery_id as "deliveryId", reason, attempts, created_at as "createdAt"
     from dead_letters
     where tenant_id = $1 and resolved_at is null and dead_letter_id > $2 and ($3::uuid is null or send_id = $3)
     order by dead_letter_id limit $4`,
    [tenantId, page.after ?? "0", page.sendId ?? null, page.limit],
  );
  return rows;
}

async function countDeadLetters(
  pool: pg.Pool,
  tenantId: string,
  sendId?: string,
): Promise<{ reason: string; count: number }[]> {
  const { rows } = await pool.query<{ reason: string; count: number }>(
    `select reason, count(*)::int as count from dead_letters
     where tenant_id = $1 and resolved_at is null and ($2::uuid is null or send_id = $2)
     group by reason order by count(*) desc, reason`,
    [tenantId, sendId ?? null],
  );
  return rows;
}

async function dismissDeadLetters(pool: pg.Pool, tenantId: string, deadLetterIds: string[]): Promise<number> {
  const { rowCount } = await pool.query(
    `update dead_letters set resolved_at = now(), resolution = 'dismissed'
     where tenant_id = $1 and dead_letter_id = any ($2::bigint[]) and resolved_at is null`,
    [tenantId, deadLetterIds],
  );
  return rowCount ?? 0;
}
