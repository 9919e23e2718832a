import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { isAbsent, type DnsResolver } from "./resolver.js";

/** Public addresses that a host leads to; null when nobody knows. An address leads to itself. */
export async function hostAddresses(resolver: DnsResolver, host: string): Promise<string[] | null> {
  if (isIP(host) !== 0) return [host].filter(isPublic);
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (found.some((answer) => answer.status === "rejected" && !isAbsent(answer.reason))) return null;
  return found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])).filter(isPublic);
}

/** No list has anything to say of addresses inside. */
function isPublic(address: string): boolean {
  return ipaddr.parse(address).range() === "unicast";
}
