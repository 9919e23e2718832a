import { domainToASCII } from "node:url";
import { createCache } from "./cache.js";
import { createDkimSigner, type DkimKey, type DkimSigner } from "./dkim.js";

/** Keys that may sign mail of a From domain (lower case, A-label); empty when there are none. */
export type LoadDkimKeys = (tenantId: string, domain: string) => Promise<DkimKey[]>;

const ttlMs = 5 * 60_000;

/** Finds the signer of a From domain, or null when no key of the tenant may sign for it; asked again after five minutes. */
export function createSigners(
  load: LoadDkimKeys,
): (tenantId: string, domain: string) => Promise<DkimSigner | null> {
  const signers = createCache<Promise<DkimSigner | null>>(500, ttlMs);
  return (tenantId, domain) =>
    signers.get(`${tenantId}\n${domain}`, async () => {
      const keys = (await load(tenantId, domain)).filter((key) => isAligned(key.domain, domain));
      return keys.length === 0 ? null : createDkimSigner(keys);
    });
}

/** Relaxed alignment (RFC 7489, 3.1.1): the signing domain is the From domain or one above it. */
function isAligned(domain: string, from: string): boolean {
  const signing = domainToASCII(domain);
  return from === signing || from.endsWith(`.${signing}`);
}
