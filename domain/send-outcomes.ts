import type { BounceClass } from "./bounces.js";
import type { RecipientStatus } from "./recipient-status.js";

/** What became of a send's recipients at one mailbox provider. */
export interface ProviderOutcome {
  /** Such as `gmail`; `other`: all that are not known by their domain. */
  mailboxProvider: string;
  recipients: number;
  /** Their server took it. */
  sent: number;
  /** Sent, and did not come back. */
  delivered: number;
  /** Refused: no such address. */
  bounced: number;
  /** Sent, and came back. */
  returned: number;
  /** Put off by their server at least once, whatever came of it. */
  deferred: number;
  /** Given up. */
  dead: number;
  complaints: number;
  uniqueOpens: number;
  uniqueClicks: number;
  unsubscribes: number;
}

/** Recipients who did not get it for the same reason, or not yet. */
export interface OutcomeReason {
  /** `returned`: sent, and came back. */
  status: Exclude<RecipientStatus, "pending" | "sent"> | "returned";
  /** Null: no server refused it. */
  bounceClass: BounceClass | null;
  reason: string | null;
  replyCode: number | null;
  enhancedCode: string | null;
  recipients: number;
  /** What one of the servers said, without addresses. */
  sampleReply: string | null;
}

export interface SendOutcomes {
  /** Null: never; nothing has been sent, or its ledger was old and is gone. */
  countedAt: Date | null;
  /** The largest first. */
  providers: ProviderOutcome[];
  /** The commonest first, `mostReasons` at most. */
  reasons: OutcomeReason[];
}

export const mostReasons = 50;

const classes: Record<string, BounceClass> = {
  "bad-address": "hard",
  "mailbox-full": "soft",
  greylisted: "soft",
  temporary: "soft",
  connection: "soft",
  timeout: "soft",
  policy: "policy",
  content: "content",
  "too-large": "content",
  "our-fault": "our-fault",
};

/** The class of a refusal, in the words of mail that comes back; null for what no server refused. */
export function refusalClass(reason: string | null): BounceClass | null {
  return classes[reason ?? ""] ?? null;
}

/** Of the time at most that goes into counting one send, however many look at it. */
const shareOfCounting = 1 / 20;
const leastMs = 5_000;
/** An event that was being written while a send was counted may bear an earlier time. */
const writingMs = 60_000;

export interface Counted {
  countedAt: Date;
  tookMs: number;
}

export interface Countable {
  hasEnded: boolean;
  /** When one of its figures changed last. */
  changedAt: Date | null;
}

/** Whether figures that were counted then are still good enough. */
export function isFresh({ countedAt, tookMs }: Counted, send: Countable, now: Date): boolean {
  const ageMs = now.getTime() - countedAt.getTime();
  if (ageMs < Math.max(leastMs, tookMs / shareOfCounting)) return true;
  return send.hasEnded && (send.changedAt?.getTime() ?? 0) + writingMs < countedAt.getTime();
}
