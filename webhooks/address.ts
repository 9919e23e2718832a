import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Who may be posted to at an address: everybody; those whose host was named as private; nobody. */
export type Reach = "public" | "private" | "never";

const privateRanges: readonly string[] = ["private", "loopback", "carrierGradeNat", "uniqueLocal"];

/** Where clouds answer with credentials; some of them stand in ranges that are otherwise private or even public. */
const metadata: readonly string[] = [
  "100.100.100.200", // Alibaba Cloud
  "168.63.129.16", // Azure
  "fd00:ec2::254", // Amazon
  "fd20:ce::254", // Google
];

/** What lies outside is not handed out (RFC 4291, 2.4), or is v4 in an old dress. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const nat64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/**
 * @param address as a resolver or a socket gives it; what is no address is reached by nobody. A v4 address inside a v6
 * one counts as itself where the network would take it out (mapped, NAT64); 6to4 and Teredo reach nobody.
 */
export function reachOf(address: string): Reach {
  const bare = address.split("%")[0] ?? "";
  const family = isIP(bare);
  if (family === 0) return "never";
  // A URL writes v6 in hexadecimal. ipaddr.js takes ::1.2.3.4, as the C library writes ::102:304, for ::ffff:1.2.3.4.
  const parsed = ipaddr.process(family === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare);
  if (metadata.includes(parsed.toString())) return "never";
  return parsed instanceof ipaddr.IPv6 ? reachOfSix(parsed) : reachOfFour(parsed);
}

/** RFC 6761: never asked of a name server; said plainly, since it is what people try first. */
export function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname);
}

function reachOfFour(address: ipaddr.IPv4): Reach {
  const range = address.range();
  if (range === "unicast") return "public";
  return privateRanges.includes(range) ? "private" : "never";
}

function reachOfSix(address: ipaddr.IPv6): Reach {
  if (address.match(nat64)) return reachOf(new ipaddr.IPv4(address.toByteArray().slice(12)).toString());
  const range = address.range();
  if (privateRanges.includes(range)) return "private";
  return range === "unicast" && address.match(globalUnicast) ? "public" : "never";
}
