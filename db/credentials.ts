import type pg from "pg";

/** What lets somebody in. */
export interface Credentials {
  userId: string;
  email: string;
  name: string;
  passwordHash: string | null;
  /** Of a password that was given to them. */
  passwordExpiresAt: Date | null;
  totp: boolean;
  disabledAt: Date | null;
}

export interface Identity {
  issuer: string;
  subject: string;
}

export interface CredentialStore {
  findByEmail(email: string): Promise<Credentials | null>;
  findByIdentity(identity: Identity): Promise<Credentials | null>;
  loadCredentials(userId: string): Promise<Credentials | null>;
  /** From now on the identity is this user's, if it is nobody's yet. */
  linkIdentity(identity: Identity, userId: string): Promise<void>;
  /** The same password, hashed anew; unless it was changed meanwhile. */
  replaceHash(userId: string, from: string, to: string): Promise<void>;
  recordSignIn(userId: string): Promise<void>;
}

export function createCredentialStore(pool: pg.Pool): CredentialStore {
  const find = async (condition: string, values: unknown[]): Promise<Credentials | null> => {
    const { rows } = await pool.query<Credentials>(
      `select u.user_id as "userId", email, name, password_hash as "passwordHash",
         password_expires_at as "passwordExpiresAt", totp_confirmed_at is not null as totp, disabled_at as "disabledAt"
       from users u where ${condition}`,
      values,
    );
    return rows[0] ?? null;
  };
  return {
    findByEmail: (email) => find("email = $1", [email]),
    findByIdentity: ({ issuer, subject }) =>
      find("user_id = (select i.user_id from user_identities i where issuer = $1 and subject = $2)", [
        issuer,
        subject,
      ]),
    loadCredentials: (userId) => find("user_id = $1", [userId]),
    async linkIdentity({ issuer, subject }, userId) {
      await pool.query(
        "insert into user_identities (issuer, subject, user_id) values ($1, $2, $3) on conflict do nothing",
        [issuer, subject, userId],
      );
    },
    async replaceHash(userId, from, to) {
      await pool.query("update users set password_hash = $3 where user_id = $1 and password_hash = $2", [
        ...[userId, from, to],
      ]);
    },
    async recordSignIn(userId) {
      await pool.query("update users set last_signed_in_at = now() where user_id = $1", [userId]);
    },
  };
}
