import { providerShapes } from "./provider-shaping.js";

/**
 * The receiving side: who runs the mailbox. Limits and adaptive rates are kept, and outcomes counted, per mailbox provider.
 * Their own domains; a company's domain that is hosted by one of them is `other`.
 */
const domains: Record<string, readonly string[]> = {
  gmail: ["gmail.com", "googlemail.com"],
  outlook: [
    ...[
      "outlook.com",
      "hotmail.com",
      "live.com",
      "msn.com",
      "outlook.de",
      "outlook.fr",
      "outlook.es",
      "outlook.it",
    ],
    ...[
      "hotmail.co.uk",
      "hotmail.de",
      "hotmail.es",
      "hotmail.fr",
      "hotmail.it",
      "live.co.uk",
      "live.fr",
      "live.nl",
    ],
  ],
  yahoo: [
    ...["yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "yahoo.ca", "yahoo.co.in", "yahoo.co.uk"],
    ...["yahoo.com.au", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it"],
  ],
  apple: ["icloud.com", "me.com", "mac.com"],
  gmx: ["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de"],
  orange: ["orange.fr", "wanadoo.fr"],
};

/** Mailbox provider of each domain that is known. */
export const mailboxProviderOfDomain: ReadonlyMap<string, string> = new Map(
  Object.entries(domains).flatMap(([provider, own]) => own.map((domain) => [domain, provider] as const)),
);

export const otherMailboxProvider = "other";

/** @param domain lower-case domain of an address; unknown ones share `other`. */
export function mailboxProvider(domain: string): string {
  return mailboxProviderOfDomain.get(domain) ?? otherMailboxProvider;
}

/** Who runs a recipient's mailbox: as it was learned of a domain that somebody hosts, else by the domain itself. */
export function mailboxProviderOf(recipient: {
  domain: string;
  mailboxProvider?: string | undefined;
}): string {
  return recipient.mailboxProvider ?? mailboxProvider(recipient.domain);
}

/** False of names that stand for nothing in public (RFC 2606, RFC 6761, RFC 6762, RFC 9476): no name server is asked. */
export function isPublicDomain(domain: string): boolean {
  return (
    domain.includes(".") &&
    !/(^|\.)(example\.(com|net|org)|example|test|invalid|localhost|local|internal|alt|onion|arpa)$/.test(
      domain,
    )
  );
}

/** What a mailbox provider takes from one node. */
export interface MailboxProviderLimit {
  /** Connections that carry mail to it at the same time. */
  connections: number;
  /** Messages to it, after which a connection is closed and another one opened. */
  messagesPerConnection: number;
  /** Messages a second; absent: as fast as the other limits allow. */
  perSecond?: number;
}

/** By mailbox provider. */
export type MailboxProviderLimits = ReadonlyMap<string, MailboxProviderLimit>;

const knownProviders = [...new Set([...Object.keys(domains), ...Object.keys(providerShapes)])];

/**
 * Reads `gmail=10/100@50,yahoo=5/20`: connections at a time, messages to a connection, and a second. `defaults` stands for what is known of
 * the providers; what comes behind it counts.
 * @returns the limits, or what is wrong with the text.
 */
export function parseMailboxProviderLimits(text: string): MailboxProviderLimits | { problem: string } {
  const limits = new Map<string, MailboxProviderLimit>();
  for (const part of text.split(",").filter((entry) => entry.trim() !== "")) {
    if (part.trim() === "defaults") {
      for (const [provider, shape] of Object.entries(providerShapes)) {
        const { connections, messagesPerConnection, perSecond } = shape;
        if (provider === otherMailboxProvider) continue;
        limits.set(provider, {
          connections,
          messagesPerConnection,
          ...(perSecond !== undefined && { perSecond }),
        });
      }
      continue;
    }
    const [, provider = "", connections, messages, perSecond] =
      /^\s*(\w+)=(\d+)\/(\d+)(?:@(\d+(?:\.\d+)?))?\s*$/.exec(part) ?? [];
    const limit = {
      ...{ connections: Number(connections), messagesPerConnection: Number(messages) },
      ...(perSecond !== undefined && { perSecond: Number(perSecond) }),
    };
    if (!(limit.connections > 0 && limit.messagesPerConnection > 0 && (limit.perSecond ?? 1) > 0))
      return { problem: `has "${part.trim()}"; each entry must be like gmail=10/100 or gmail=10/100@50` };
    if (!knownProviders.includes(provider))
      return { problem: `names "${provider}"; mailbox providers are ${knownProviders.join(", ")}` };
    limits.set(provider, limit);
  }
  return limits;
}
