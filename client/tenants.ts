import { z } from "zod";
import type { Tenant, TenantStore } from "../db/tenants.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Tenant } from "../db/tenants.js";

export const tenantSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: nameSchema.optional(),
  providerChoice: nameSchema.default("auto"),
});
export type NewTenant = z.input<typeof tenantSchema>;

export interface Tenants {
  /** Safe to repeat: an existing tenant is left as it is. @throws InvalidInput */
  create(tenant: NewTenant): Promise<Tenant & { created: boolean }>;
  /** @throws NotFound */
  get(tenantId: string): Promise<Tenant>;
  list(): Promise<Tenant[]>;
}

export function createTenants(store: TenantStore): Tenants {
  return {
    async create(input) {
      const { name, ...tenant } = parseInput(tenantSchema, input);
      const created = await store.createTenant({ ...tenant, name: name ?? tenant.tenantId });
      return { ...(await store.loadTenant(tenant.tenantId)), created };
    },
    get: async (tenantId) => store.loadTenant(parseInput(tenantIdSchema, tenantId)),
    list: () => store.listTenants(),
  };
}
