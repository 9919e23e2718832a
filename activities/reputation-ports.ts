/** What reputations need of the world. Adapters: `db/reputation-scores`, `db/reputation-gates`. */
import type { ReputationGate } from "../domain/reputation-gates.js";

export interface TenantPage {
  after: string | null;
  limit: number;
}

export interface ReputationScoring {
  /** All tenants, a page behind `after`. */
  listTenants(page: TenantPage): Promise<string[]>;
  /** `*` are the nodes that every tenant may use. Repeating a day writes it anew. @returns how many have a score */
  calculate(of: { tenantIds: string[]; day: string; timeZone: string }): Promise<number>;
}

export interface ReputationGating {
  /** Tenants who have just sent, or of whom a gate is not open, a page behind `after`. */
  listTenants(page: TenantPage & { nowMs: number }): Promise<string[]>;
  check(of: {
    tenantIds: string[];
    nowMs: number;
  }): Promise<{ checked: number; changes: { gate: ReputationGate; previous: ReputationGate }[] }>;
}
