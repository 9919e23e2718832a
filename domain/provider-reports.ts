/** What the providers that carry our mail tell of it by callbacks, in Floe's own words. */
import { classifyBounce, type Bounce, type BounceClass } from "./bounces.js";

export const callbackProviders = ["ses", "sendgrid", "mailgun", "postmark"] as const;
export type CallbackProvider = (typeof callbackProviders)[number];

/**
 * `delivery`: the receiving server took it. `delay`: the provider goes on trying. `other`: on its way, or nothing that
 * Floe acts on.
 */
export type ProviderEvent =
  | Bounce
  | { kind: "complaint" }
  | { kind: "delay" }
  | { kind: "delivery" }
  | { kind: "unsubscribe" }
  | { kind: "open"; userAgent?: string }
  | { kind: "click"; userAgent?: string; url?: string }
  | { kind: "other" };

export interface ProviderReport {
  /** The provider's name of the event: told again, it has the same. */
  eventId: string;
  event: ProviderEvent;
  occurredAt: Date;
  /** Texts of the message that the provider hands back; one of them may name the recipient in a way that we signed. */
  handedBack: string[];
}

/** What was done with one event. `repeated`: it was told before. `unmatched`: names no recipient of ours. */
export const callbackResults = ["recorded", "suppressed", "ignored", "unmatched", "repeated"] as const;
export type CallbackResult = (typeof callbackResults)[number];

/** SMTP relays by their documented host names. */
const relays: { provider: CallbackProvider; host: RegExp }[] = [
  { provider: "ses", host: /^email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com$/ },
  { provider: "sendgrid", host: /^smtp(\.[a-z]{2})?\.sendgrid\.net$/ },
  { provider: "mailgun", host: /^smtp(\.[a-z]{2})?\.mailgun\.org$/ },
  { provider: "postmark", host: /^smtp(-broadcasts)?\.postmarkapp\.com$/ },
];

/** The provider whose relay a node is, by its host or by its name; null when it is none that tells by callbacks. */
export function relayProvider(node: { host: string; provider: string }): CallbackProvider | null {
  const host = node.host.toLowerCase();
  const relay = relays.find((candidate) => candidate.host.test(host));
  return relay?.provider ?? callbackProviders.find((provider) => provider === node.provider) ?? null;
}

export interface Refusal {
  /** False: the provider says that the address may work another time. */
  permanent: boolean;
  /** Enhanced code (RFC 3463), if the provider gives one. */
  status?: string | undefined;
  /** The receiving server's reply, or what the provider says in its place. */
  diagnostic: string;
  /** Class by the provider's own kinds, where no reply of the receiving server says more. */
  otherwise: BounceClass;
}

/**
 * A message that did not arrive. The receiving server's words decide, as for a report that came back; but what the provider
 * calls temporary never suppresses.
 */
export function classifyRefusal({ permanent, status, diagnostic, otherwise }: Refusal): Bounce {
  const words = diagnostic.replace(/\s+/g, " ").trim();
  const known = enhancedCode.exec(status ?? "")?.[0];
  const bounce = classifyBounce(known, words);
  const says = isReply.test(words) || (known !== undefined && !known.endsWith(".0.0"));
  const bounceClass = says ? bounce.bounceClass : otherwise;
  return { ...bounce, bounceClass: bounceClass === "hard" && !permanent ? "soft" : bounceClass };
}

/** A server's, with or without the type that a report puts before it (RFC 3464, 2.3.6). */
const isReply = /^(smtp\s*;\s*)?[45]\d\d\b/i;
const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3}$/;

/** A bounce that the provider decided by itself, without asking a server. */
export function providerBounce(bounceClass: BounceClass, diagnostic: string): Bounce {
  return { ...classifyBounce(undefined, diagnostic), bounceClass };
}
