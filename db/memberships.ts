import type pg from "pg";
import type { MemberRole } from "../domain/access.js";
import { NotFound } from "../domain/errors.js";
import type { Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";

export interface Membership {
  tenantId: string;
  userId: string;
  role: MemberRole;
}

export interface MembershipStore {
  /** Again changes the role. @throws NotFound (tenant, user) */
  addMember(membership: Membership): Promise<void>;
  /** @throws NotFound when there is no such member */
  setRole(membership: Membership): Promise<void>;
  /** Again changes nothing. @throws NotFound (tenant) */
  removeMember(tenantId: string, userId: string): Promise<void>;
  /** @throws NotFound */
  requiresTotp(tenantId: string): Promise<boolean>;
  /** @throws NotFound */
  requireTotp(tenantId: string, required: boolean): Promise<void>;
}

export function createMembershipStore(pool: pg.Pool): MembershipStore {
  return {
    addMember: (membership) => addMember(pool, membership),
    async setRole({ tenantId, userId, role }) {
      const { rowCount } = await pool.query(
        "update memberships set role = $3 where tenant_id = $1 and user_id = $2",
        [tenantId, userId, role],
      );
      if (rowCount === 0) throw new NotFound("user", userId);
    },
    async removeMember(tenantId, userId) {
      await requireTenant(pool, tenantId);
      await pool.query("delete from memberships where tenant_id = $1 and user_id = $2", [tenantId, userId]);
    },
    async requiresTotp(tenantId) {
      const { rows } = await pool.query<{ required: boolean }>(
        "select require_totp as required from tenants where tenant_id = $1",
        [tenantId],
      );
      if (!rows[0]) throw new NotFound("tenant", tenantId);
      return rows[0].required;
    },
    async requireTotp(tenantId, required) {
      const { rowCount } = await pool.query("update tenants set require_totp = $2 where tenant_id = $1", [
        tenantId,
        required,
      ]);
      if (rowCount === 0) throw new NotFound("tenant", tenantId);
    },
  };
}

export async function addMember(db: Queryable, { tenantId, userId, role }: Membership): Promise<void> {
  await requireTenant(db, tenantId);
  const { rowCount } = await db.query(
    `insert into memberships (tenant_id, user_id, role) select $1, user_id, $3 from users where user_id = $2
     on conflict (tenant_id, user_id) do update set role = excluded.role`,
    [tenantId, userId, role],
  );
  if (rowCount === 0) throw new NotFound("user", userId);
}
