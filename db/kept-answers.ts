import type pg from "pg";
import { keptAnswer, type Sealer } from "./sealed.js";

/** An HTTP answer as it was sent. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Null: none. */
  body: string | null;
}

export interface KeyUse {
  /** Who asks: keys of one caller are nobody else's. */
  owner: string;
  key: string;
}

export type KeyStanding =
  | { kind: "begun" }
  | { kind: "busy" }
  /** The key came with another request before. */
  | { kind: "other" }
  | { kind: "answered"; answer: Answer };

export interface AnswerStore {
  /**
   * Takes the key, for `busyMs` at most; one whose process died is taken over then. Answers are forgotten after a day.
   * @throws SecretUnreadable
   */
  begin(use: KeyUse & { fingerprint: Buffer; busyMs: number }): Promise<KeyStanding>;
  keep(use: KeyUse, answer: Answer): Promise<void>;
  /** Answers are sealed, so that they may hold what is shown once. */
  readonly keepsSecrets: boolean;
  /** The same request may be made again. */
  forget(use: KeyUse): Promise<void>;
}

/** Who reads the table has no secret of an answer; without keys none that has one is kept. */
export function createAnswerStore(pool: pg.Pool, sealer: Sealer): AnswerStore {
  return {
    keepsSecrets: sealer.hasKeys,
    async begin(use) {
      const standing = await begin(pool, use);
      if (standing.kind !== "answered" || standing.answer.body === null) return standing;
      const body = sealer.open(standing.answer.body, keptAnswer(use.owner, use.key));
      return { ...standing, answer: { ...standing.answer, body } };
    },
    async keep({ owner, key }, { status, headers, body }) {
      await pool.query(
        "update idempotency_keys set status = $3, headers = $4, body = $5 where owner = $1 and key = $2",
        [
          owner,
          key,
          status,
          headers,
          body && sealer.hasKeys ? sealer.seal(body, keptAnswer(owner, key)) : body,
        ],
      );
    },
    async forget({ owner, key }) {
      await pool.query("delete from idempotency_keys where owner = $1 and key = $2 and status is null", [
        owner,
        key,
      ]);
    },
  };
}

async function begin(
  pool: pg.Pool,
  { owner, key, fingerprint, busyMs }: KeyUse & { fingerprint: Buffer; busyMs: number },
): Promise<KeyStanding> {
  const { rowCount } = await pool.query(
    `insert into idempotency_keys as k (owner, key, fingerprint, busy_until)
     values ($1, $2, $3, now() + $4 * interval '1 millisecond')
     on conflict (owner, key) do update
       set fingerprint = excluded.fingerprint, busy_until = excluded.busy_until, status = null, headers = null,
         body = null, created_at = now()
       where k.created_at < now() - interval '1 day'
         or k.status is null and k.busy_until < now() and k.fingerprint = excluded.fingerprint`,
    [owner, key, fingerprint, busyMs],
  );
  if (rowCount === 1) return { kind: "begun" };
  const { rows } = await pool.query<{ same: boolean; status: number | null } & Omit<Answer, "status">>(
    "select fingerprint = $3 as same, status, headers, body from idempotency_keys where owner = $1 and key = $2",
    [owner, key, fingerprint],
  );
  const [row] = rows;
  // Forgotten between the two statements: whoever had it failed just now.
  if (!row) return { kind: "busy" };
  if (!row.same) return { kind: "other" };
  const { status, headers, body } = row;
  return status === null ? { kind: "busy" } : { kind: "answered", answer: { status, headers, body } };
}
