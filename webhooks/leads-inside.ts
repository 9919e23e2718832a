import { isIP } from "node:net";
import { isLocalhost } from "./address.js";
import { createNameServerResolve, permitsPublic } from "./guarded-lookup.js";

/** Whether a URL leads where only hosts that were named as private may be posted to, or nobody; as far as can be told now. */
export type LeadsInside = (url: string) => Promise<boolean>;

/** Somebody waits for the answer; each request of the endpoint asks again, with more patience. */
const patience = { timeout: 500, tries: 2 };

/** Asks name servers. A name that nobody knows yet may come to stand. */
export function createLeadsInside(servers?: readonly string[]): LeadsInside {
  const resolve = createNameServerResolve(servers, patience);
  return async (url) => {
    const host = hostOf(url);
    if (isIP(host) !== 0 || isLocalhost(host)) return saysInside(url);
    const found = await resolve(host).catch(() => []);
    return !found.every(({ address }) => permitsPublic(address));
  };
}

/** Whether the URL itself shows it. */
export function saysInside(url: string): boolean {
  const host = hostOf(url);
  return isIP(host) === 0 ? isLocalhost(host) : !permitsPublic(host);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}
