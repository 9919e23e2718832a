import type pg from "pg";
import type { MemberRole, Role } from "../domain/access.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { addMember } from "./memberships.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { loadUser, type User } from "./users.js";

export interface Invitation {
  invitationId: string;
  /** Null: to the platform. */
  tenantId: string | null;
  email: string;
  role: Role;
  invitedBy: string;
  createdAt: Date;
  expiresAt: Date;
  acceptedAt: Date | null;
  withdrawnAt: Date | null;
}

export type NewInvitation = Pick<
  Invitation,
  "invitationId" | "tenantId" | "email" | "role" | "invitedBy" | "expiresAt"
> & { hash: Buffer };

export interface OpenInvitation extends Pick<Invitation, "tenantId" | "email" | "role" | "expiresAt"> {
  tenantName: string | null;
  /** The address has a user, who needs no password here. */
  known: boolean;
}

export interface InvitationStore {
  /** @throws NotFound (tenant) */
  createInvitation(invitation: NewInvitation): Promise<Invitation>;
  /** Newest first. Null: those to the platform. */
  listInvitations(
    tenantId: string | null,
    page: { before?: string | undefined; limit: number },
  ): Promise<Invitation[]>;
  /** Again changes nothing. @throws NotFound, Conflict when it was accepted */
  withdrawInvitation(tenantId: string | null, invitationId: string): Promise<Invitation>;
  /** Null when there is none that can be accepted. */
  findInvitation(hash: Buffer): Promise<OpenInvitation | null>;
  /** Null when there is none any more. `newcomer` is made a user if the address has none. @throws Conflict without it then */
  acceptInvitation(hash: Buffer, newcomer: Newcomer | null): Promise<User | null>;
}

export interface Newcomer {
  userId: string;
  name: string;
  passwordHash: string;
}

export function createInvitationStore(pool: pg.Pool): InvitationStore {
  return {
    createInvitation: (invitation) => createInvitation(pool, invitation),
    async listInvitations(tenantId, { before, limit }) {
      const { rows } = await pool.query<Invitation>(
        `select ${columns} from invitations
         where tenant_id is not distinct from $1 and ($2::uuid is null or invitation_id < $2)
         order by invitation_id desc limit $3`,
        [tenantId, before ?? null, limit],
      );
      return rows;
    },
    withdrawInvitation: (tenantId, invitationId) => withdraw(pool, tenantId, invitationId),
    findInvitation: (hash) => findInvitation(pool, hash),
    acceptInvitation: (hash, newcomer) => accept(pool, hash, newcomer),
  };
}

const columns = `invitation_id as "invitationId", tenant_id as "tenantId", email, role, invited_by as "invitedBy",
  created_at as "createdAt", expires_at as "expiresAt", accepted_at as "acceptedAt", withdrawn_at as "withdrawnAt"`;

async function createInvitation(pool: pg.Pool, invitation: NewInvitation): Promise<Invitation> {
  const { invitationId, tenantId, email, role, hash, invitedBy, expiresAt } = invitation;
  if (tenantId !== null) await requireTenant(pool, tenantId);
  const { rows } = await pool.query<Invitation>(
    `insert into invitations (invitation_id, tenant_id, email, role, hash, invited_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
    [invitationId, tenantId, email, role, hash, invitedBy, expiresAt],
  );
  return found(rows[0], invitationId);
}

async function withdraw(pool: pg.Pool, tenantId: string | null, invitationId: string): Promise<Invitation> {
  const { rows } = await pool.query<Invitation>(
    `update invitations set withdrawn_at = case when accepted_at is null then coalesce(withdrawn_at, now()) end
     where invitation_id = $1 and tenant_id is not distinct from $2 returning ${columns}`,
    [invitationId, tenantId],
  );
  const invitation = found(rows[0], invitationId);
  if (invitation.acceptedAt) throw new Conflict("It was accepted already; remove the user instead.");
  return invitation;
}

const open = "hash = $1 and accepted_at is null and withdrawn_at is null and expires_at > now()";

async function findInvitation(pool: pg.Pool, hash: Buffer): Promise<OpenInvitation | null> {
  const { rows } = await pool.query<OpenInvitation>(
    `select i.tenant_id as "tenantId", i.email, i.role, i.expires_at as "expiresAt", t.name as "tenantName",
       exists (select from users u where u.email = i.email) as known
     from invitations i left join tenants t using (tenant_id) where ${open}`,
    [hash],
  );
  return rows[0] ?? null;
}

function accept(pool: pg.Pool, hash: Buffer, newcomer: Newcomer | null): Promise<User | null> {
  return transaction(pool, async (client) => {
    // The guard lets one of two at once through.
    const { rows } = await client.query<Pick<Invitation, "tenantId" | "email" | "role">>(
      `update invitations set accepted_at = now() where ${open} returning tenant_id as "tenantId", email, role`,
      [hash],
    );
    const [invitation] = rows;
    if (!invitation) return null;
    const { tenantId, email, role } = invitation;
    const userId = await ensureUser(client, email, newcomer);
    if (tenantId === null) await client.query("update users set admin = true where user_id = $1", [userId]);
    else await addMember(client, { tenantId, userId, role: role as MemberRole });
    return loadUser(client, tenantId, userId);
  });
}

async function ensureUser(db: Queryable, email: string, newcomer: Newcomer | null): Promise<string> {
  if (newcomer) {
    await db.query(
      `insert into users (user_id, email, name, password_hash, created_by) values ($1, $2, $3, $4, 'invitation')
       on conflict (email) do nothing`,
      [newcomer.userId, email, newcomer.name, newcomer.passwordHash],
    );
  }
  const { rows } = await db.query<{ userId: string }>(
    'select user_id as "userId" from users where email = $1',
    [email],
  );
  if (!rows[0]) throw new Conflict("The address has no user yet; choose a name and a password.");
  return rows[0].userId;
}

function found(invitation: Invitation | undefined, invitationId: string): Invitation {
  if (!invitation) throw new NotFound("invitation", invitationId);
  return invitation;
}
