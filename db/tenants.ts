import type pg from "pg";
import { NotFound } from "../domain/errors.js";

export interface Tenant {
  tenantId: string;
  name: string;
  /** `auto`: internal nodes first, an ESP relay as overflow; `internal`: never a relay; else the relay's provider name. */
  providerChoice: string;
  createdAt: Date;
}

export interface TenantStore {
  /** @returns false when the tenant exists already; it is then left as it is. */
  createTenant(tenant: Omit<Tenant, "createdAt">): Promise<boolean>;
  /** @throws NotFound */
  loadTenant(tenantId: string): Promise<Tenant>;
  /** By id. */
  listTenants(): Promise<Tenant[]>;
  /** @throws NotFound */
  setProviderChoice(tenantId: string, providerChoice: string): Promise<void>;
}

export function createTenantStore(pool: pg.Pool): TenantStore {
  return {
    createTenant: (tenant) => createTenant(pool, tenant),
    loadTenant: (tenantId) => loadTenant(pool, tenantId),
    listTenants: () => listTenants(pool),
    setProviderChoice: (tenantId, providerChoice) => setProviderChoice(pool, tenantId, providerChoice),
  };
}

const columns = `tenant_id as "tenantId", name, provider_choice as "providerChoice", created_at as "createdAt"`;

async function createTenant(pool: pg.Pool, tenant: Omit<Tenant, "createdAt">): Promise<boolean> {
  const { rowCount } = await pool.query(
    "insert into tenants (tenant_id, name, provider_choice) values ($1, $2, $3) on conflict (tenant_id) do nothing",
    [tenant.tenantId, tenant.name, tenant.providerChoice],
  );
  return rowCount === 1;
}

async function loadTenant(pool: pg.Pool, tenantId: string): Promise<Tenant> {
  const { rows } = await pool.query<Tenant>(`select ${columns} from tenants where tenant_id = $1`, [
    tenantId,
  ]);
  if (!rows[0]) throw new NotFound("tenant", tenantId);
  return rows[0];
}

async function listTenants(pool: pg.Pool): Promise<Tenant[]> {
  const { rows } = await pool.query<Tenant>(`select ${columns} from tenants order by tenant_id`);
  return rows;
}

async function setProviderChoice(pool: pg.Pool, tenantId: string, providerChoice: string): Promise<void> {
  const { rowCount } = await pool.query("update tenants set provider_choice = $2 where tenant_id = $1", [
    tenantId,
    providerChoice,
  ]);
  if (rowCount === 0) throw new NotFound("tenant", tenantId);
}
