import { domainOf } from "./delivery-facts.js";
import type { PermitAsk } from "./permits.js";

/** What warms up: an address mail leaves from, the domain of its senders, or one sender's mailbox. */
export type WarmupSubjectKind = "node" | "domain" | "mailbox";

/**
 * Key of a warmup's allowance: of all that the subject sends, or of what it sends to one mailbox provider.
 * Node ids, domains and addresses have no slash.
 */
export function warmupKey(kind: WarmupSubjectKind, subject: string, mailboxProvider?: string): string {
  const own = `${kind}/${subject}`;
  return mailboxProvider === undefined ? own : `${own}/${mailboxProvider}`;
}

/** Of every allowance that may restrain these messages. */
export function warmupKeysOf({ nodeId, mailboxProvider, fromEmail }: Omit<PermitAsk, "messages">): string[] {
  const from = fromEmail.toLowerCase();
  const subjects = [
    ["node", nodeId] as const,
    ["domain", domainOf(from)] as const,
    ["mailbox", from] as const,
  ];
  return subjects.flatMap(([kind, subject]) => [
    warmupKey(kind, subject),
    warmupKey(kind, subject, mailboxProvider),
  ]);
}
