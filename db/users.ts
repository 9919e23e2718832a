import type pg from "pg";
import type { MemberRole } from "../domain/access.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { transaction, type Queryable } from "./pool.js";

export interface User {
  userId: string;
  email: string;
  name: string;
  /** Of the platform. */
  admin: boolean;
  /** The password was given to them, and is to be changed. */
  mustChangePassword: boolean;
  /** A code is asked for, too. */
  totp: boolean;
  disabledAt: Date | null;
  createdBy: string;
  createdAt: Date;
  lastSignedInAt: Date | null;
  /** Whoever asks for one tenant sees no others. */
  memberships: { tenantId: string; role: MemberRole }[];
}

export interface NewUser extends Pick<User, "userId" | "email" | "name" | "admin" | "createdBy"> {
  passwordHash: string | null;
  /** Null: it is their own. */
  passwordExpiresAt: Date | null;
}

export interface UserPage {
  email?: string | undefined;
  after?: string | undefined;
  limit: number;
}

export interface UserStore {
  /** @throws Conflict when the address has a user */
  createUser(user: NewUser): Promise<User>;
  /** Null when there is a user already. */
  createFirstUser(user: NewUser): Promise<User | null>;
  /** By id, which grows with time. Null: everybody. */
  listUsers(tenantId: string | null, page: UserPage): Promise<User[]>;
  /** @throws NotFound, also for somebody of another tenant */
  loadUser(tenantId: string | null, userId: string): Promise<User>;
  /** Ends every session of a user that becomes disabled. @throws NotFound, Conflict when nobody could administer any more */
  setDisabled(userId: string, disabled: boolean): Promise<User>;
  /** Ends every session but one. @throws NotFound */
  setPassword(userId: string, password: NewPassword): Promise<User>;
}

export interface NewPassword {
  hash: string;
  expiresAt: Date | null;
  /** Of the session that goes on. */
  keepSession?: string;
}

export function createUserStore(pool: pg.Pool): UserStore {
  return {
    createUser: async (user) => {
      const created = await insertUser(pool, user, "true");
      if (!created) throw new Conflict("There is a user with this address already.");
      return created;
    },
    createFirstUser: (user) => insertUser(pool, user, "not exists (select from users)"),
    listUsers: (tenantId, page) => listUsers(pool, tenantId, page),
    loadUser: (tenantId, userId) => loadUser(pool, tenantId, userId),
    setDisabled: (userId, disabled) => setDisabled(pool, userId, disabled),
    setPassword: (userId, password) => setPassword(pool, userId, password),
  };
}

/** `$1` is the tenant whose view it is. */
const columns = `user_id as "userId", email, name, admin, totp_confirmed_at is not null as totp,
  password_expires_at is not null as "mustChangePassword", disabled_at as "disabledAt", created_by as "createdBy",
  created_at as "createdAt", last_signed_in_at as "lastSignedInAt",
  coalesce((select json_agg(json_build_object('tenantId', m.tenant_id, 'role', m.role) order by m.tenant_id)
    from memberships m where m.user_id = users.user_id and ($1::text is null or m.tenant_id = $1)), '[]') as memberships`;

const seen = `($1::text is null or exists (select from memberships m where m.user_id = users.user_id and m.tenant_id = $1))`;

async function insertUser(db: Queryable, user: NewUser, unless: string): Promise<User | null> {
  const { rows } = await db.query<User>(
    `insert into users (user_id, email, name, admin, password_hash, password_expires_at, created_by)
     select $2::uuid, $3, $4, $5::boolean, $6, $7::timestamptz, $8 where ${unless}
     on conflict (email) do nothing returning ${columns}`,
    [
      ...[null, user.userId, user.email, user.name, user.admin],
      ...[user.passwordHash, user.passwordExpiresAt, user.createdBy],
    ],
  );
  return rows[0] ?? null;
}

async function listUsers(
  pool: pg.Pool,
  tenantId: string | null,
  { email, after, limit }: UserPage,
): Promise<User[]> {
  // A tenant's are walked by its memberships: everybody's would be looked at for a page of few.
  const walksMembers = tenantId !== null && email === undefined;
  const walked = !walksMembers
    ? "users"
    : `(select user_id as member_id from memberships where tenant_id = $1 order by user_id) m
         cross join lateral (select * from users u where u.user_id = m.member_id limit 1) users`;
  const key = walksMembers ? "member_id" : "user_id";
  const { rows } = await pool.query<User>(
    `select ${columns} from ${walked}
     where ${walksMembers ? "true" : seen} and ($2::text is null or email = $2) and ($3::uuid is null or ${key} > $3)
     order by ${key} limit $4`,
    [tenantId, email ?? null, after ?? null, limit],
  );
  return rows;
}

export async function loadUser(db: Queryable, tenantId: string | null, userId: string): Promise<User> {
  const { rows } = await db.query<User>(`select ${columns} from users where ${seen} and user_id = $2`, [
    tenantId,
    userId,
  ]);
  if (!rows[0]) throw new NotFound("user", userId);
  return rows[0];
}

function setDisabled(pool: pg.Pool, userId: string, disabled: boolean): Promise<User> {
  return transaction(pool, async (client) => {
    // One after the other, so that two admins cannot disable each other at once.
    await client.query("select from users where admin order by user_id for update");
    const { rowCount } = await client.query(
      `update users set disabled_at = case when $2 then coalesce(disabled_at, now()) end
       where user_id = $1 and (not $2 or not admin or exists (
         select from users other where other.admin and other.disabled_at is null and other.user_id <> $1))`,
      [userId, disabled],
    );
    const user = await loadUser(client, null, userId);
    if (rowCount === 0) throw new Conflict("This is the only admin; nobody could administer Floe any more.");
    if (disabled) await client.query("delete from sessions where user_id = $1", [userId]);
    return user;
  });
}

function setPassword(
  pool: pg.Pool,
  userId: string,
  { hash, expiresAt, keepSession }: NewPassword,
): Promise<User> {
  return transaction(pool, async (client) => {
    await client.query("update users set password_hash = $2, password_expires_at = $3 where user_id = $1", [
      ...[userId, hash, expiresAt],
    ]);
    await client.query("delete from sessions where user_id = $1 and session_id is distinct from $2", [
      userId,
      keepSession ?? null,
    ]);
    return loadUser(client, null, userId);
  });
}
