/** What checking domains needs of the world. Adapters: `db/domain-checks`, `dns/domain-facts`. */
import type { DomainFacts, DomainFinding, FindingStatus } from "../domain/domain-checks.js";

export interface CheckedDomain {
  tenantId: string;
  domain: string;
}

/** Which are to be checked: all, those of a tenant, or one of them. */
export type DomainFilter = Partial<CheckedDomain>;

/** Key of a page: the last of the one before. */
export type DomainCursor = CheckedDomain | null;

export interface DomainCheckStore {
  /** Domains with a signing key or an earlier check, by tenant and name; a tenant's own by name always counts. */
  findDomains(page: DomainFilter & { after: DomainCursor; limit: number }): Promise<CheckedDomain[]>;
  /** Kept as a row of its own when it differs from the one before; tells when a domain fails, and when it does no more. */
  recordCheck(checked: CheckedDomain & { findings: DomainFinding[]; status: FindingStatus }): Promise<void>;
}

export type LookUpDomain = (domain: CheckedDomain) => Promise<DomainFacts>;
