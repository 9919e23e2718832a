import type { RecipientStatus } from "./recipient-status.js";
import type { Throttle } from "./throttle-rules.js";

/**
 * Why an attempt is worth another one. `connection`: dropped within a transaction, before the final dot. `throttled` (the
 * provider's pace), `node-away` (no session could be had: refused, greeting, TLS, AUTH) and `withheld` (it could not be
 * announced, so it was not written) are not the recipient's failure: no attempt is spent.
 */
export type DeferReason =
  "greylisted" | "mailbox-full" | "temporary" | "connection" | "timeout" | FreeDeferReason;

type FreeDeferReason = "throttled" | "node-away" | "withheld";

const free: readonly DeferReason[] = ["throttled", "node-away", "withheld"] satisfies FreeDeferReason[];

export function spendsAttempt(reason: DeferReason): boolean {
  return !free.includes(reason);
}

/** Why a message was refused for good. Only `bad-address` suppresses the address. */
export type RejectReason = "bad-address" | "policy" | "content" | "our-fault" | "too-large";

export type SkipReason = "suppressed" | "missing-variable" | "invalid-message";

/** What a server answered: RFC 5321 code, RFC 3463 enhanced code when there is one, and its text without addresses. */
export interface SmtpReply {
  code: number;
  enhanced?: string;
  text: string;
}

/** What came of one attempt. */
export type SendOutcome =
  | { kind: "accepted"; reply: SmtpReply }
  | { kind: "rejected"; reason: RejectReason; reply?: SmtpReply }
  /** `throttle`: what the provider's pace asks of all that goes the same way. */
  | {
      kind: "deferred";
      reason: DeferReason;
      reply?: SmtpReply;
      retryAfterMs?: number;
      throttle?: Throttle;
    }
  | { kind: "skipped"; reason: SkipReason; detail?: string }
  /** The final dot was written and no reply came: it may have been delivered. */
  | { kind: "unknown"; stage: "after-dot"; detail?: string };

/** What to do with recipients whose truth is not knowable: send again with the same Message-ID, or hold for a person. */
export type OnUnknown = "resend" | "hold";

/** A settled attempt, as the ledger records it. */
export interface Settlement {
  contactId: string;
  status: RecipientStatus;
  /** Attempts spent so far, this one included; a `throttled` attempt is not counted. */
  attempts: number;
  /** Short machine-readable cause, such as `greylisted` or `bad-address`; null when sent. */
  reason: string | null;
  replyCode: number | null;
  enhancedCode: string | null;
  /** What the server said, without addresses; null when it took the message. */
  replyText: string | null;
  nodeId: string | null;
  /** This attempt may be, or may follow, a delivery that nobody saw acknowledged. */
  possibleDuplicate: boolean;
}

/** Three attempts, then the dead letters. */
export const maxAttempts = 3;

export interface AttemptContext {
  contactId: string;
  attemptsBefore: number;
  onUnknown: OnUnknown;
  nodeId: string | null;
  possibleDuplicate: boolean;
}

/**
 * The ledger row that follows from an outcome. A deferral that spends no attempt leaves the row as it was: the batch
 * tries it again when the limit or the node lets it; such a settlement (`status: pending`) is not written.
 */
export function settle(outcome: SendOutcome, context: AttemptContext): Settlement {
  const reply = "reply" in outcome ? outcome.reply : undefined;
  const { status, reason, spendsAttempt } = verdictOf(outcome, context);
  // Every field by name: with objects spread into it a settlement cost 3.5 µs instead of 0.1.
  return {
    contactId: context.contactId,
    status,
    attempts: context.attemptsBefore + (spendsAttempt ? 1 : 0),
    reason,
    replyCode: reply?.code ?? null,
    enhancedCode: reply?.enhanced ?? null,
    replyText: outcome.kind === "accepted" ? null : (reply?.text ?? null),
    nodeId: outcome.kind === "skipped" ? null : context.nodeId,
    possibleDuplicate: context.possibleDuplicate || outcome.kind === "unknown",
  };
}

interface Verdict {
  status: RecipientStatus;
  reason: string | null;
  spendsAttempt: boolean;
}

const sent: Verdict = { status: "sent", reason: null, spendsAttempt: true };

function verdictOf(outcome: SendOutcome, { attemptsBefore, onUnknown }: AttemptContext): Verdict {
  const isLast = attemptsBefore + 1 >= maxAttempts;
  switch (outcome.kind) {
    case "accepted":
      return sent;
    case "rejected": {
      const { reason } = outcome;
      return { status: reason === "bad-address" ? "bounced" : "dead", reason, spendsAttempt: true };
    }
    case "deferred": {
      const { reason } = outcome;
      if (!spendsAttempt(reason)) return { status: "pending", reason, spendsAttempt: false };
      return { status: isLast ? "dead" : "deferred", reason, spendsAttempt: true };
    }
    case "skipped": {
      const { reason, detail } = outcome;
      return {
        status: reason === "suppressed" ? "suppressed" : "dead",
        reason: detail ? `${reason}: ${detail}` : reason,
        spendsAttempt: false,
      };
    }
    case "unknown":
      return {
        status: onUnknown === "hold" || isLast ? "unknown" : "deferred",
        reason: "no-reply-after-dot",
        spendsAttempt: true,
      };
  }
}
