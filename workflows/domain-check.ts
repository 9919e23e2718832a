import { proxyActivities } from "@temporalio/workflow";
import type { DomainCursor } from "../activities/domain-check-ports.js";
import type { DomainCheckActivities } from "../activities/domain-checks.js";
import type { DomainCheckInput, DomainCheckReport } from "./domain-check-messages.js";

const domains = proxyActivities<DomainCheckActivities>({
  startToCloseTimeout: "15m",
  heartbeatTimeout: "2m",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 10 },
});

/** Daily, and on request: looks up how the domains that mail comes from are authenticated. */
export async function domainChecker(input: DomainCheckInput = {}): Promise<DomainCheckReport> {
  const report: DomainCheckReport = { checked: 0, failing: 0 };
  let after: DomainCursor = null;
  do {
    const page: Awaited<ReturnType<DomainCheckActivities["checkDomainsPage"]>> =
      await domains.checkDomainsPage({ ...input, after });
    report.checked += page.checked;
    report.failing += page.failing;
    after = page.next;
  } while (after !== null);
  return report;
}
