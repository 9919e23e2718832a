import type { SmtpReply } from "./outcome.js";
import type { Throttle } from "./throttle-rules.js";

/** In the place of a mailbox provider: whatever the node sends. */
export const everyMailboxProvider = "*";

/** That a node sends nothing (or next to nothing) to a mailbox provider until then, because of what was answered. */
export interface Suspension {
  nodeId: string;
  /** `*`: to nobody. */
  mailboxProvider: string;
  /** What leaves meanwhile, messages a second; null: nothing. */
  perSecond: number | null;
  /** Of `domain/throttle-rules`. */
  rule: string;
  /** The answer, without addresses. */
  reply: SmtpReply;
  since: Date;
  until: Date;
}

/** What a throttling reply does to the path that it came by. */
export interface Slowing {
  nodeId: string;
  mailboxProvider: string;
  throttle: Omit<Throttle, "scope">;
  /** Absent: nobody is told. */
  reply?: SmtpReply;
}

/** Shorter ones are part of the pace: nobody has to know of them. */
export const shortestSuspensionMs = 60_000;

/** Whose mail a reply slows down: what goes to that mailbox provider, or whatever the node sends. */
export function reachOf({ scope }: Pick<Throttle, "scope">, mailboxProvider: string): string {
  return scope === "node" ? everyMailboxProvider : mailboxProvider;
}

/** How a path is named in what holds a message back: `node:n1/gmail`, `node:n1`. */
export function pathName(nodeId: string, mailboxProvider: string): string {
  return mailboxProvider === everyMailboxProvider ? `node:${nodeId}` : `node:${nodeId}/${mailboxProvider}`;
}
