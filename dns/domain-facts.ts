import { spf } from "mailauth/lib/spf/index.js";
import { getDomain } from "tldts";
import { blacklistQuery } from "../domain/blacklist-answers.js";
import type { TextAnswer } from "../domain/dns-records.js";
import type { AddressFacts, DomainFacts, MxAnswer } from "../domain/domain-checks.js";
import { dnsFailure, isAbsent, type DnsResolver } from "./resolver.js";
import { spfCost } from "./spf-cost.js";

/** Whose mail is asked about: its signing keys with the records that publish them, and where it leaves from. */
export interface DomainQuestion {
  domain: string;
  keys: { selector: string; dnsName: string; dnsValue: string }[];
  nodes: { nodeId: string; returnPathDomain: string | null; addresses: string[] }[];
}

/** Serves what a domain has under `https://<host>/.well-known/mta-sts.txt`; never rejects. */
export type FetchMtaSts = (host: string) => Promise<TextAnswer>;

/** Addresses of nodes that are looked at: more of them cost questions and say the same. */
const addressLimit = 20;

export async function domainFacts(
  resolver: DnsResolver,
  fetchMtaSts: FetchMtaSts,
  { domain, keys, nodes }: DomainQuestion,
): Promise<DomainFacts> {
  const txt = (name: string) => texts(resolver, name);
  const leaving = nodes
    .flatMap(({ nodeId, returnPathDomain, addresses }) =>
      addresses.map((address) => ({ nodeId, address, mailFrom: returnPathDomain ?? domain })),
    )
    .slice(0, addressLimit);
  const [spfAnswer, dmarc, mx, mtaSts, tlsRpt, bimi, dkim, addresses] = await Promise.all([
    txt(domain),
    findDmarc(resolver, domain),
    mxOf(resolver, domain),
    txt(`_mta-sts.${domain}`),
    txt(`_smtp._tls.${domain}`),
    txt(`default._bimi.${domain}`),
    Promise.all(
      keys.map(async ({ selector, dnsName, dnsValue }) => ({
        ...{ selector, name: dnsName, expected: dnsValue },
        answer: await txt(dnsName),
      })),
    ),
    Promise.all(leaving.map((one) => addressFacts(resolver, one))),
  ]);
  return {
    ...{ domain, organizationalDomain: organizationalDomain(domain) },
    spf: { answer: spfAnswer, cost: await spfCost(txt, domain, spfAnswer) },
    ...{ dkim, dmarc, mx, addresses, tlsRpt, bimi },
    returnPaths: nodes.map(({ nodeId, returnPathDomain }) => {
      const path = returnPathDomain ?? domain;
      return { nodeId, domain: path, organizationalDomain: organizationalDomain(path) };
    }),
    mtaSts: {
      answer: mtaSts,
      policy: mtaSts.kind === "found" ? await fetchMtaSts(`mta-sts.${domain}`) : { kind: "none" },
    },
  };
}

/** By the Public Suffix List (RFC 7489, 3.2); a domain that is a suffix itself stays. */
export function organizationalDomain(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true }) ?? domain;
}

async function texts(resolver: DnsResolver, name: string): Promise<TextAnswer> {
  try {
    const records = await resolver.resolveTxt(name);
    // One record may come in several strings, which are one text (RFC 7208, 3.3; RFC 6376, 3.6.2.2).
    return { kind: "found", texts: records.map((strings) => strings.join("")) };
  } catch (error) {
    return isAbsent(error) ? { kind: "none" } : { kind: "failed", reason: dnsFailure(error) };
  }
}

async function findDmarc(resolver: DnsResolver, domain: string): Promise<DomainFacts["dmarc"]> {
  const answer = await texts(resolver, `_dmarc.${domain}`);
  const above = organizationalDomain(domain);
  if (answer.kind !== "none" || above === domain) return { at: domain, answer };
  return { at: above, answer: await texts(resolver, `_dmarc.${above}`) };
}

async function mxOf(resolver: DnsResolver, domain: string): Promise<MxAnswer> {
  try {
    const records = await resolver.resolveMx(domain);
    const hosts = records.map(({ exchange, priority }) => ({ host: exchange, priority }));
    return { kind: "found", hosts: hosts.toSorted((a, b) => a.priority - b.priority) };
  } catch (error) {
    return isAbsent(error) ? { kind: "none" } : { kind: "failed", reason: dnsFailure(error) };
  }
}

/** Not by `reverse`: that takes a server that fails for one that knows of no name. RFC 1035, 3.5; RFC 3596, 2.5. */
function reverseName(address: string): string {
  return address.includes(":")
    ? blacklistQuery(address, "ipv6", "ip6.arpa")
    : blacklistQuery(address, "ipv4", "in-addr.arpa");
}

async function addressFacts(
  resolver: DnsResolver,
  { nodeId, address, mailFrom }: { nodeId: string; address: string; mailFrom: string },
): Promise<AddressFacts> {
  const names = await resolver
    .resolvePtr(reverseName(address))
    .catch((error: unknown) => (isAbsent(error) ? [] : null));
  const forward = await Promise.allSettled(
    (names ?? []).map((name) => (address.includes(":") ? resolver.resolve6(name) : resolver.resolve4(name))),
  );
  const confirmed = forward.some((answer) => answer.status === "fulfilled" && answer.value.includes(address));
  const checked = await spf({
    sender: `postmaster@${mailFrom}`,
    ip: address,
    helo: mailFrom,
    resolver: (name, type) => resolver.resolve(name, type) as Promise<string[][]>,
  });
  return { nodeId, address, names, confirmed, spf: { mailFrom, result: checked.status.result } };
}
