import dns from "node:dns";
import type { LookupFunction } from "node:net";
import { isLocalhost, reachOf } from "./address.js";

/** Every address of a name. @throws Error with a `code` when there is none, or nobody answers. */
export type Resolve = (hostname: string) => Promise<dns.LookupAddress[]>;

/** The name leads to an address that this endpoint may not be posted to. */
export class ForbiddenAddress extends Error {
  readonly code = "FORBIDDEN_ADDRESS";

  constructor() {
    // Without the address: what stands behind a name inside our network is not for tenants to learn.
    super("The host is not on the public internet.");
  }
}

/**
 * Asks the name servers themselves, in parallel for both families. Not by `getaddrinfo`: it takes one of the process's
 * few threads for as long as a name server is silent, and one dead name server would hold up every other endpoint.
 */
export function createNameServerResolve(
  servers?: readonly string[],
  patience: dns.ResolverOptions = { timeout: 3_000, tries: 2 },
): Resolve {
  const resolver = new dns.promises.Resolver(patience);
  if (servers) resolver.setServers(servers);
  return async (hostname) => {
    if (isLocalhost(hostname)) throw new ForbiddenAddress();
    const [fours, sixes] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    const found = [
      ...(fours.status === "fulfilled" ? fours.value.map((address) => ({ address, family: 4 })) : []),
      ...(sixes.status === "fulfilled" ? sixes.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length === 0 && fours.status === "rejected") throw fours.reason;
    return found;
  };
}

/** As the machine resolves names, its hosts file and search domains included: for hosts that were named as private. */
export const systemResolve: Resolve = (hostname) => dns.promises.lookup(hostname, { all: true });

/**
 * A lookup for `net.connect`, which connects to exactly what this returns: a name that changes its answer afterwards
 * changes nothing. One forbidden address among several refuses the name, because who mixes them does it on purpose.
 */
export function guardedLookup(resolve: Resolve, permits: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) return callback(noAddress(hostname), []);
        if (!addresses.every(({ address }) => permits(address))) return callback(new ForbiddenAddress(), []);
        if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

export function permitsPublic(address: string): boolean {
  return reachOf(address) === "public";
}

/** For hosts that were named as private: never what nobody may reach. */
export function permitsPrivate(address: string): boolean {
  return reachOf(address) !== "never";
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address.`), { code: "ENOTFOUND" });
}
