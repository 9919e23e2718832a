import type pg from "pg";
import { createBlacklistActivities, type BlacklistActivities } from "../activities/blacklist.js";
import { createBlacklistStore } from "../db/blacklists.js";
import { hostAddresses } from "../dns/host-addresses.js";
import { createPacedQuestions, createResolver } from "../dns/resolver.js";
import { defaultBlacklists } from "../domain/blacklists.js";
import type { Config } from "../runtime/config.js";
import type { WorkerMetrics } from "./metrics.js";

/** The part of the wiring that asks DNS blacklists. */
export function wireBlacklists(
  pool: pg.Pool,
  { blacklists = defaultBlacklists, blacklistQueriesPerSecond: perSecond = 20, dnsServers }: Config,
  metrics: Pick<WorkerMetrics, "blacklistAsked">,
): BlacklistActivities {
  const resolver = createResolver(dnsServers);
  return createBlacklistActivities({
    store: createBlacklistStore(pool),
    lists: blacklists,
    ask: createPacedQuestions(resolver, { perSecond, onAsked: metrics.blacklistAsked }),
    hostAddresses: (host) => hostAddresses(resolver, host),
  });
}
