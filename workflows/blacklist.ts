import { log, proxyActivities } from "@temporalio/workflow";
import type { BlacklistActivities, CheckedPage } from "../activities/blacklist.js";
import type { BlacklistCheckInput, BlacklistCheckReport } from "./blacklist-messages.js";

/** Lists may be slow: a page of a hundred subjects waits for its questions to be paced. */
const blacklist = proxyActivities<BlacklistActivities>({
  startToCloseTimeout: "15m",
  heartbeatTimeout: "2m",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 10 },
});

/** Hourly, and on request: tests the lists, then asks those that passed about every address and domain of ours. */
export async function blacklistChecker(input: BlacklistCheckInput = {}): Promise<BlacklistCheckReport> {
  await blacklist.resolveNodeHosts();
  const lists = await blacklist.testBlacklists();
  const believed = lists
    .filter(({ health }) => health.kind === "healthy")
    .map(({ zone, kind }) => ({ zone, kind }));
  const report: BlacklistCheckReport = { checked: 0, failed: 0, listed: 0, delisted: 0, paused: [], lists };
  for (let after: string | null = null; ;) {
    const page: CheckedPage = await blacklist.checkBlacklistPage({ ...input, after, believed });
    report.checked += page.checked;
    report.failed += page.failed;
    report.listed += page.listed;
    report.delisted += page.delisted;
    report.paused.push(...page.paused);
    after = page.next;
    if (after === null) break;
  }
  if (input.tenantId === undefined && input.subject === undefined) await blacklist.forgetUnwatched();
  if (report.listed > 0) log.warn("blacklist.listed", { listed: report.listed, paused: report.paused });
  return report;
}
