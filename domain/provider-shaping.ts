/**
 * How mailbox providers want to be written to: what they say themselves, and what KumoMTA's shaping rules
 * (https://github.com/KumoCorp/kumomta, assets/policy-extras/shaping.toml) have learned of the others.
 */
import type { MailboxProviderLimit } from "./mailbox-provider.js";

export interface ProviderShape extends MailboxProviderLimit {
  /** Where the figures are from. */
  source: string;
}

const kumomta = "KumoMTA, assets/policy-extras/shaping.toml";

/** Messages a second to any one: KumoMTA's default, which none of these has changed. */
const perSecond = 100;

/** Of one sender, at a time; by mailbox provider. */
export const providerShapes: Readonly<Record<string, ProviderShape>> = {
  gmail: { connections: 5, messagesPerConnection: 50, perSecond, source: `${kumomta}, provider "google"` },
  outlook: { connections: 5, messagesPerConnection: 50, perSecond, source: `${kumomta}, provider "outlook"` },
  office365: {
    connections: 5,
    messagesPerConnection: 50,
    perSecond,
    source: `${kumomta}, provider "office365"`,
  },
  mimecast: {
    connections: 10,
    messagesPerConnection: 100,
    perSecond,
    source: `${kumomta}, provider "mimecast"`,
  },
  // Yahoo says itself how many messages a connection may carry.
  yahoo: {
    connections: 10,
    messagesPerConnection: 20,
    perSecond,
    source: `https://senders.yahooinc.com/best-practices; connections: ${kumomta}, default`,
  },
  apple: {
    connections: 10,
    messagesPerConnection: 5,
    perSecond,
    source: `https://support.apple.com/en-us/102322; ${kumomta}, provider "apple"`,
  },
  orange: {
    connections: 2,
    messagesPerConnection: 100,
    perSecond,
    source: "https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr/; KumoMTA, community shaping",
  },
  gmx: {
    connections: 4,
    messagesPerConnection: 20,
    perSecond,
    source: "KumoMTA, assets/community/shaping.toml",
  },
  other: { connections: 10, messagesPerConnection: 100, perSecond, source: `${kumomta}, default` },
};

/** Ends of the names of mail servers, and whose they are. Longer ones come before what they end in. */
const mailServers: readonly (readonly [suffix: string, provider: string])[] = [
  [".google.com", "gmail"],
  [".googlemail.com", "gmail"],
  [".olc.protection.outlook.com", "outlook"],
  [".mail.protection.outlook.com", "office365"],
  [".mx.microsoft", "office365"],
  [".yahoodns.net", "yahoo"],
  [".icloud.com", "apple"],
  [".orange.fr", "orange"],
  [".gmx.net", "gmx"],
  [".web.de", "gmx"],
  [".mimecast.com", "mimecast"],
  [".mimecast.co.za", "mimecast"],
  [".mimecast-offshore.com", "mimecast"],
  [".pphosted.com", "proofpoint"],
  [".zoho.com", "zoho"],
  [".zoho.eu", "zoho"],
];

/**
 * Who runs the mailboxes of a domain, by its mail servers (MX): a company's domain that Google hosts is Google's to shape.
 * Null when nobody known does, or when its servers are of several: then no one's limits are right.
 * @param hosts names of its MX records
 */
export function providerOfMailServers(hosts: readonly string[]): string | null {
  const providers = new Set(hosts.map(providerOfHost));
  const [provider] = providers;
  return providers.size === 1 && provider !== undefined ? provider : null;
}

function providerOfHost(host: string): string | null {
  const name = `.${host.toLowerCase().replace(/\.$/, "")}`;
  return mailServers.find(([suffix]) => name.endsWith(suffix))?.[1] ?? null;
}
