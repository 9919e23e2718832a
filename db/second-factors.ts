import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { transaction } from "./pool.js";
import { totpSecret, type Sealer } from "./sealed.js";

/** TOTP of a user, and the codes that stand in for it. */
export interface SecondFactorStore {
  /** In base32; null when none is set up (or, `unconfirmed`, being set up). @throws SecretUnreadable */
  loadTotpSecret(userId: string, state: "confirmed" | "unconfirmed"): Promise<string | null>;
  /** Replaces one that is being set up; not asked for before it is confirmed. @returns false when one is set up already */
  beginTotp(userId: string, secret: string): Promise<boolean>;
  /** With the step of the code that showed that it works. @returns false when there is none to be confirmed */
  confirmTotp(userId: string, confirmation: { step: number; recoveryHashes: Buffer[] }): Promise<boolean>;
  /** @returns false when the step, or a later one, was taken before */
  takeStep(userId: string, step: number): Promise<boolean>;
  /** @returns false when there is none such, or it was taken before */
  takeRecoveryCode(userId: string, hash: Buffer): Promise<boolean>;
  replaceRecoveryCodes(userId: string, hashes: Buffer[]): Promise<void>;
  countRecoveryCodes(userId: string): Promise<number>;
  /** @throws NotFound */
  removeTotp(userId: string): Promise<void>;
}

export function createSecondFactorStore(pool: pg.Pool, sealer: Sealer): SecondFactorStore {
  return {
    async loadTotpSecret(userId, state) {
      const { rows } = await pool.query<{ stored: string }>(
        `select totp_secret as stored from users
         where user_id = $1 and totp_secret is not null and (totp_confirmed_at is not null) = $2`,
        [userId, state === "confirmed"],
      );
      return rows[0] ? sealer.open(rows[0].stored, totpSecret(userId)) : null;
    },
    async beginTotp(userId, secret) {
      const { rowCount } = await pool.query(
        "update users set totp_secret = $2, totp_last_step = null where user_id = $1 and totp_confirmed_at is null",
        [userId, sealer.seal(secret, totpSecret(userId))],
      );
      return rowCount === 1;
    },
    confirmTotp: (userId, confirmation) => confirmTotp(pool, userId, confirmation),
    async takeStep(userId, step) {
      const { rowCount } = await pool.query(
        `update users set totp_last_step = $2
         where user_id = $1 and totp_confirmed_at is not null and coalesce(totp_last_step < $2, true)`,
        [userId, step],
      );
      return rowCount === 1;
    },
    async takeRecoveryCode(userId, hash) {
      const { rowCount } = await pool.query(
        "update recovery_codes set used_at = now() where user_id = $1 and hash = $2 and used_at is null",
        [userId, hash],
      );
      return rowCount === 1;
    },
    replaceRecoveryCodes: (userId, hashes) =>
      transaction(pool, (client) => replaceRecoveryCodes(client, userId, hashes)),
    async countRecoveryCodes(userId) {
      const { rows } = await pool.query<{ left: number }>(
        "select count(*)::int as left from recovery_codes where user_id = $1 and used_at is null",
        [userId],
      );
      return rows[0]?.left ?? 0;
    },
    removeTotp: (userId) => removeTotp(pool, userId),
  };
}

function confirmTotp(
  pool: pg.Pool,
  userId: string,
  { step, recoveryHashes }: { step: number; recoveryHashes: Buffer[] },
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update users set totp_confirmed_at = now(), totp_last_step = $2
       where user_id = $1 and totp_secret is not null and totp_confirmed_at is null`,
      [userId, step],
    );
    if (rowCount !== 1) return false;
    await replaceRecoveryCodes(client, userId, recoveryHashes);
    return true;
  });
}

async function replaceRecoveryCodes(client: pg.PoolClient, userId: string, hashes: Buffer[]): Promise<void> {
  await client.query("delete from recovery_codes where user_id = $1", [userId]);
  await client.query("insert into recovery_codes (user_id, hash) select $1, unnest($2::bytea[])", [
    userId,
    hashes,
  ]);
}

function removeTotp(pool: pg.Pool, userId: string): Promise<void> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update users set totp_secret = null, totp_confirmed_at = null, totp_last_step = null where user_id = $1`,
      [userId],
    );
    if (rowCount === 0) throw new NotFound("user", userId);
    await client.query("delete from recovery_codes where user_id = $1", [userId]);
  });
}
