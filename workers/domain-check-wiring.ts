import type pg from "pg";
import { createDomainCheckActivities, type DomainCheckActivities } from "../activities/domain-checks.js";
import { createDkimKeys } from "../client/dkim-keys.js";
import { createDkimKeyStore } from "../db/dkim-keys.js";
import { createDomainCheckStore, loadSendingNodes } from "../db/domain-checks.js";
import type { Sealer } from "../db/sealed.js";
import { domainFacts } from "../dns/domain-facts.js";
import { createMtaStsFetch } from "../dns/mta-sts-policy.js";
import { createResolver } from "../dns/resolver.js";
import type { Config } from "../runtime/config.js";
import { createNameServerResolve, guardedLookup, permitsPublic } from "../webhooks/guarded-lookup.js";

/** The part of the wiring that looks up domains. */
export function wireDomainChecks(
  pool: pg.Pool,
  sealer: Sealer,
  { dnsServers }: Pick<Config, "dnsServers">,
): { activities: DomainCheckActivities; close: () => Promise<void> } {
  const resolver = createResolver(dnsServers);
  const servers = dnsServers?.length ? dnsServers : undefined;
  const mtaSts = createMtaStsFetch(guardedLookup(createNameServerResolve(servers), permitsPublic));
  const keys = createDkimKeys(createDkimKeyStore(pool, sealer));
  const activities = createDomainCheckActivities(
    createDomainCheckStore(pool),
    async ({ tenantId, domain }) => {
      const [nodes, all] = await Promise.all([loadSendingNodes(pool, tenantId), keys.list(tenantId)]);
      const own = all.filter((key) => key.domain === domain);
      const published = await Promise.all(
        own.map(({ selector }) => keys.get({ tenantId, domain, selector })),
      );
      return domainFacts(resolver, mtaSts.fetch, { domain, nodes, keys: published });
    },
  );
  return { activities, close: mtaSts.close };
}
