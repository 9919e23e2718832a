import { heartbeat } from "@temporalio/activity";
import { overallStatus } from "../domain/domain-checks.js";
import { judgeDomain } from "../domain/domain-judgement.js";
import type { DomainCheckStore, DomainCursor, DomainFilter, LookUpDomain } from "./domain-check-ports.js";
import { withFailures } from "./failures.js";

export interface DomainPage extends DomainFilter {
  after: DomainCursor;
}

/** Short; each may be repeated at any moment. */
export interface DomainCheckActivities {
  /** @returns the cursor of the next page; null: that was the last. */
  checkDomainsPage(page: DomainPage): Promise<{ checked: number; failing: number; next: DomainCursor }>;
}

const pageSize = 50;

export function createDomainCheckActivities(
  store: DomainCheckStore,
  lookUp: LookUpDomain,
): DomainCheckActivities {
  return withFailures({
    async checkDomainsPage({ after, ...filter }: DomainPage) {
      const domains = await store.findDomains({ ...filter, after, limit: pageSize });
      let failing = 0;
      for (const one of domains) {
        heartbeat(one.domain);
        const findings = judgeDomain(await lookUp(one));
        const status = overallStatus(findings);
        if (status === "fail") failing += 1;
        await store.recordCheck({ ...one, findings, status });
      }
      const next = domains.length < pageSize ? null : (domains.at(-1) ?? null);
      return { checked: domains.length, failing, next };
    },
  });
}
