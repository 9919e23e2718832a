import { domainOf } from "./email-address.js";
import type { PermitAsk } from "./permits.js";

export const warmupKinds = ["node", "domain", "mailbox"] as const;
/** What is warmed up: the node (its IP address), the domain of the From address, or that address. */
export type WarmupKind = (typeof warmupKinds)[number];

export interface WarmupSubject {
  kind: WarmupKind;
  /** Node id, domain or address of From; none of them has a slash. */
  key: string;
}

/** As permits ask for it: `node/n1`, and towards one mailbox provider `node/n1/gmail`. */
export function allowanceKey({ kind, key }: WarmupSubject, mailboxProvider?: string): string {
  const own = `${kind}/${key}`;
  return mailboxProvider === undefined ? own : `${own}/${mailboxProvider}`;
}

/** Of every allowance that may restrain these messages. */
export function warmupKeysOf({ nodeId, mailboxProvider, fromEmail }: Omit<PermitAsk, "messages">): string[] {
  const from = fromEmail.toLowerCase();
  const subjects: WarmupSubject[] = [
    { kind: "node", key: nodeId },
    { kind: "domain", key: domainOf(from) },
    { kind: "mailbox", key: from },
  ];
  return subjects.flatMap((subject) => [allowanceKey(subject), allowanceKey(subject, mailboxProvider)]);
}
