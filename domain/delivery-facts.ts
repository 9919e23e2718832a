import type { Settlement } from "./outcome.js";

/** What a server made of one attempt: `bounced` says that there is no such mailbox, `rejected` that it will not have it. */
export type DeliveryAnswer = "accepted" | "deferred" | "bounced" | "rejected";

/** Which way a message went. */
export interface DeliveryPath {
  tenantId: string;
  nodeId: string;
  /** Lower-case domain of the From address. */
  fromDomain: string;
  mailboxProvider: string;
}

export interface DeliveryFact extends DeliveryPath {
  /** Lower-case. */
  fromEmail: string;
  answer: DeliveryAnswer;
}

const refusals: ReadonlySet<string | null> = new Set(["policy", "content", "our-fault", "too-large"]);

/** Null when no server answered: it did not leave, or nobody knows. */
export function answerOf({ status, reason, replyCode }: Settlement): DeliveryAnswer | null {
  if (status === "sent") return "accepted";
  if (status === "bounced") return "bounced";
  if (replyCode === null) return null;
  if (status === "deferred") return "deferred";
  if (status !== "dead") return null;
  return refusals.has(reason) ? "rejected" : "deferred";
}
