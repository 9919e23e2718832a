import type pg from "pg";
import type { MemberRole } from "../domain/access.js";
import { sessionLimits } from "../domain/sessions.js";

export type SignInMethod = "password" | "oidc";

export interface Session {
  sessionId: string;
  method: SignInMethod;
  /** A second factor was shown. */
  secondFactor: boolean;
  address: string;
  userAgent: string | null;
  createdAt: Date;
  /** To the minute. */
  lastSeenAt: Date;
  /** At the latest; earlier when it is not used. */
  expiresAt: Date;
}

/** Whose session it is, and what they may. */
export interface SignedIn extends Pick<Session, "sessionId" | "method" | "secondFactor" | "createdAt"> {
  userId: string;
  email: string;
  name: string;
  admin: boolean;
  totp: boolean;
  mustChangePassword: boolean;
  expiresAt: Date;
  lastSeenAt: Date;
  tenants: SessionTenant[];
}

export interface SessionTenant {
  tenantId: string;
  name: string;
  role: MemberRole;
  requireTotp: boolean;
}

export type NewSession = Pick<Session, "sessionId" | "method" | "secondFactor" | "address" | "userAgent"> & {
  userId: string;
  hash: Buffer;
};

export interface SessionStore {
  /** What is old of the user's goes. */
  createSession(session: NewSession): Promise<void>;
  /** Null when there is none that lasts, or the user is disabled. */
  findSession(hash: Buffer): Promise<SignedIn | null>;
  /** The same of one that was shown before. */
  loadSession(sessionId: string): Promise<SignedIn | null>;
  recordSeen(sessionId: string): Promise<void>;
  /** The cookie before is worth nothing from now on. @returns false when the session ended meanwhile */
  renewSession(sessionId: string, to: { hash: Buffer; secondFactor?: boolean }): Promise<boolean>;
  /** Newest first. */
  listSessions(userId: string): Promise<Session[]>;
  /** @returns how many ended; all of the user's without `only` and `except` */
  endSessions(userId: string, which?: { only?: string; except?: string }): Promise<number>;
}

export function createSessionStore(pool: pg.Pool): SessionStore {
  return {
    createSession: (session) => createSession(pool, session),
    findSession: (hash) => lookUp(pool, { hash }),
    loadSession: (sessionId) => lookUp(pool, { sessionId }),
    async recordSeen(sessionId) {
      await pool.query("update sessions set last_seen_at = now() where session_id = $1", [sessionId]);
    },
    async renewSession(sessionId, { hash, secondFactor }) {
      const { rowCount } = await pool.query(
        "update sessions set hash = $2, second_factor = coalesce($3, second_factor) where session_id = $1",
        [sessionId, hash, secondFactor ?? null],
      );
      return rowCount === 1;
    },
    listSessions: (userId) => listSessions(pool, userId),
    async endSessions(userId, { only, except } = {}) {
      const { rowCount } = await pool.query(
        `delete from sessions where user_id = $1 and ($2::uuid is null or session_id = $2)
           and session_id is distinct from $3::uuid`,
        [userId, only ?? null, except ?? null],
      );
      return rowCount ?? 0;
    },
  };
}

/** `$2` is how long a session may be idle. */
const lasts = "s.expires_at > now() and s.last_seen_at > now() - $2 * interval '1 millisecond'";

async function createSession(pool: pg.Pool, session: NewSession): Promise<void> {
  const { sessionId, userId, hash, method, secondFactor, address, userAgent } = session;
  await pool.query(`delete from sessions s where user_id = $1 and not (${lasts})`, [
    userId,
    sessionLimits.idleMs,
  ]);
  await pool.query(
    `insert into sessions (session_id, user_id, hash, method, second_factor, address, user_agent, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')`,
    [sessionId, userId, hash, method, secondFactor, address, userAgent, sessionLimits.longestMs],
  );
}

async function lookUp(pool: pg.Pool, by: { hash: Buffer } | { sessionId: string }): Promise<SignedIn | null> {
  const [name, which, value] =
    "hash" in by ? ["find-session", "s.hash", by.hash] : ["load-session", "s.session_id", by.sessionId];
  const { rows } = await pool.query<SignedIn>({
    name,
    text: `select s.session_id as "sessionId", s.method, s.second_factor as "secondFactor", s.created_at as "createdAt",
        s.expires_at as "expiresAt", s.last_seen_at as "lastSeenAt",
        u.user_id as "userId", u.email, u.name, u.admin, u.totp_confirmed_at is not null as totp,
        u.password_expires_at is not null and s.method = 'password' as "mustChangePassword",
        coalesce((select json_agg(json_build_object('tenantId', t.tenant_id, 'name', t.name, 'role', m.role,
            'requireTotp', t.require_totp) order by t.tenant_id)
          from memberships m join tenants t using (tenant_id) where m.user_id = u.user_id), '[]') as tenants
      from sessions s join users u using (user_id)
      where ${which} = $1 and u.disabled_at is null and ${lasts}`,
    values: [value, sessionLimits.idleMs],
  });
  return rows[0] ?? null;
}

async function listSessions(pool: pg.Pool, userId: string): Promise<Session[]> {
  const { rows } = await pool.query<Session>(
    `select session_id as "sessionId", method, second_factor as "secondFactor", address, user_agent as "userAgent",
       created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt"
     from sessions s where user_id = $1 and ${lasts} order by session_id desc`,
    [userId, sessionLimits.idleMs],
  );
  return rows;
}
