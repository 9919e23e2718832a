/** The receiving side: who runs the mailbox. Limits and adaptive rates are kept per mailbox provider. */
const byDomain: Record<string, string> = {
  "gmail.com": "gmail",
  "googlemail.com": "gmail",
  "outlook.com": "outlook",
  "hotmail.com": "outlook",
  "live.com": "outlook",
  "msn.com": "outlook",
  "yahoo.com": "yahoo",
  "ymail.com": "yahoo",
  "aol.com": "yahoo",
  "icloud.com": "apple",
  "me.com": "apple",
  "mac.com": "apple",
  "gmx.de": "gmx",
  "gmx.net": "gmx",
  "web.de": "gmx",
  "orange.fr": "orange",
  "wanadoo.fr": "orange",
};

/** @param domain lower-case domain of an address; unknown ones share `other`. */
export function mailboxProvider(domain: string): string {
  return byDomain[domain] ?? "other";
}

/** What a mailbox provider takes from one node. */
export interface MailboxProviderLimit {
  /** Connections that carry mail to it at the same time. */
  connections: number;
  /** Messages to it, after which a connection is closed and another one opened. */
  messagesPerConnection: number;
}

/** By mailbox provider. */
export type MailboxProviderLimits = ReadonlyMap<string, MailboxProviderLimit>;

const knownProviders = [...new Set(Object.values(byDomain)), "other"];

/**
 * Reads `gmail=10/100,yahoo=5/20`: connections at a time, and messages to a connection.
 * @returns the limits, or what is wrong with the text.
 */
export function parseMailboxProviderLimits(text: string): MailboxProviderLimits | { problem: string } {
  const limits = new Map<string, MailboxProviderLimit>();
  for (const part of text.split(",").filter((entry) => entry.trim() !== "")) {
    const [, provider = "", connections, messages] = /^\s*(\w+)=(\d+)\/(\d+)\s*$/.exec(part) ?? [];
    const limit = { connections: Number(connections), messagesPerConnection: Number(messages) };
    if (!(limit.connections > 0 && limit.messagesPerConnection > 0))
      return { problem: `has "${part.trim()}"; each entry must be like gmail=10/100` };
    if (!knownProviders.includes(provider))
      return { problem: `names "${provider}"; mailbox providers are ${knownProviders.join(", ")}` };
    limits.set(provider, limit);
  }
  return limits;
}
