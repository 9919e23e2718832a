/** What the pool of warmup mailboxes needs of its rows and of single emails. Adapters: `db/warmup-pool`, `client/emails`. */
import type { ImapAccess } from "../domain/imap-mailbox.js";
import type { Reaction, ReactionKind } from "../domain/warmup-reactions.js";
import type { Placement } from "./warmup-pool-ports.js";

/** A letter that is to leave. */
export interface DueLetter {
  messageId: string;
  tenantId: string;
  threadId: string;
  /** Letters of its thread before it, and their Message-IDs, the first one first. */
  depth: number;
  references: string[];
  /** A repeat under it is the same email. */
  key: string;
  from: string;
  to: string;
  nodeId: string;
}

/** A letter that was sent to this mailbox. */
export interface SentLetter {
  messageId: string;
  internetId: string;
  depth: number;
  sentAtMs: number;
}

export interface DueReaction {
  messageId: string;
  internetId: string;
  action: ReactionKind;
}

export interface PoolMailboxRef {
  tenantId: string;
  mailboxId: string;
}

export interface WarmupPoolStore {
  /** Whether this warmup's mailbox writes to others. */
  takesPart(warmupId: string): Promise<boolean>;
  /** The letters of the day that is planned, once. */
  planLetters(warmupId: string, nowMs: number): Promise<void>;
  /** Those that may leave now, while the warmup is at work and both mailboxes take part; and when the next one is due. */
  loadDue(warmupId: string, nowMs: number): Promise<{ letters: DueLetter[]; nextAtMs: number | null }>;
  recordSent(messageId: string, sent: { emailId: string; internetId: string; atMs: number }): Promise<void>;
  skip(messageId: string, reason: string): Promise<void>;
  /** How a mailbox that takes part is read; null: it takes none. */
  loadAccess(ref: PoolMailboxRef): Promise<ImapAccess | null>;
  recordCheck(ref: PoolMailboxRef, problem: string | null): Promise<void>;
  /** Sent to it, and not seen there yet. */
  loadUnseen(ref: PoolMailboxRef): Promise<SentLetter[]>;
  /** Once, with what is to be done. */
  recordFound(
    ref: PoolMailboxRef,
    messageId: string,
    found: { placement: Placement | "missing"; atMs: number; reactions: Reaction[] },
  ): Promise<void>;
  loadReactions(ref: PoolMailboxRef, nowMs: number): Promise<{ due: DueReaction[]; nextAtMs: number | null }>;
  recordDone(messageId: string, action: ReactionKind, skipped: string | null): Promise<void>;
  /** The answer to a letter, once; null: its sender's allowance is used, or the other one takes no part. */
  planAnswer(messageId: string, answerId: string, nowMs: number): Promise<DueLetter | null>;
  /** Those that take part, a page. */
  listTakingPart(after: string | null, limit: number): Promise<PoolMailboxRef[]>;
}

/** Sends a letter as a single email on the lane of warmups. @throws what `emails.send` throws */
export type SendLetter = (letter: DueLetter) => Promise<{ emailId: string; internetId: string }>;

/** Asks for a tracked link of our own, and does not go where it leads. @returns false: nobody answered */
export type FollowLink = (link: string) => Promise<boolean>;
