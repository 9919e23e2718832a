/** What the pool of warmup mailboxes needs of mailboxes. Adapter: `mail/pool-mailbox`. */
import type { ImapAccess } from "../domain/imap-mailbox.js";

export interface MailboxCheck {
  /** In a sentence; null: it can be read, and be kept in order. */
  problem: string | null;
  /** Where its server puts spam; null: it has no such folder, so that no spam placement is measured. */
  junkFolder: string | null;
}

/** Where a message lies. */
export type Placement = "inbox" | "junk";

/** One mailbox, logged in to. Messages are named by their Message-ID: no other one is looked at or touched. */
export interface PoolMailbox {
  /** In the order of `ids`; null: it lies in neither folder. */
  find(ids: readonly string[]): Promise<(Placement | null)[]>;
  /** From junk to the inbox, marked as no junk. One that is in the inbox stays. @returns false: it is gone */
  rescue(id: string): Promise<boolean>;
  /** @returns false: it is gone */
  flag(id: string, flag: "seen" | "flagged"): Promise<boolean>;
  /** Its first link that begins so; null: it is gone, or has none. */
  linkOf(id: string, beginning: string): Promise<string | null>;
}

export type Visited<T> =
  | { kind: "done"; value: T }
  /** It cannot be read now: why, and what to do. */
  | { kind: "away"; problem: string };

export interface PoolMailboxes {
  /** Logs in, and says what is wrong. */
  check(access: ImapAccess): Promise<MailboxCheck>;
  /** Logs in for as long as `work` takes. */
  visit<T>(access: ImapAccess, work: (mailbox: PoolMailbox) => Promise<T>): Promise<Visited<T>>;
}
