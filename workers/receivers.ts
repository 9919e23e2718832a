import type { Receivers } from "../activities/delivery-ports.js";
import type { MailDomain } from "../db/mail-domains.js";
import { isPublicDomain, mailboxProviderOfDomain } from "../domain/mailbox-provider.js";

const keptMs = 10 * 60_000;
/** What is being looked up is known within seconds. */
const unknownMs = 2_000;
const keptDomains = 50_000;

/**
 * Who runs the mailboxes of domains, as it was learned: asked of Postgres once a batch at the most, for those that this
 * process does not know. Never of name servers. Postgres away: what is known stays.
 */
export function createReceivers(
  load: (domains: readonly string[]) => Promise<MailDomain[]>,
  now: () => number = Date.now,
): Receivers {
  const known = new Map<string, { provider: string | null; untilMs: number }>();

  const learn = async (domains: string[]): Promise<void> => {
    const rows = await load(domains).catch(() => []);
    if (known.size + rows.length > keptDomains) known.clear();
    for (const { domain, mailboxProvider: provider, isLookedUp } of rows)
      known.set(domain, { provider, untilMs: now() + (isLookedUp ? keptMs : unknownMs) });
  };

  return {
    async learn(domains) {
      const unknown = new Set<string>();
      for (const domain of domains) {
        if (mailboxProviderOfDomain.has(domain) || unknown.has(domain) || !isPublicDomain(domain)) continue;
        if ((known.get(domain)?.untilMs ?? 0) <= now()) unknown.add(domain);
      }
      if (unknown.size > 0) await learn([...unknown]);
    },
    providerOf: (domain) => known.get(domain)?.provider ?? undefined,
  };
}
