import { isAbsent, type DnsResolver } from "./resolver.js";

export type MailServers = { kind: "servers"; hosts: string[] } | { kind: "absent" } | { kind: "failed" };

/** Names of the servers that take mail for a domain; absent: it has none, or says that it takes none (RFC 7505). */
export async function mailServersOf(resolver: DnsResolver, domain: string): Promise<MailServers> {
  try {
    const hosts = (await resolver.resolveMx(domain))
      .map(({ exchange }) => exchange)
      .filter((host) => host !== "");
    return hosts.length === 0 ? { kind: "absent" } : { kind: "servers", hosts };
  } catch (error) {
    return { kind: isAbsent(error) ? "absent" : "failed" };
  }
}
