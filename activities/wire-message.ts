import { mailboxProviderOf } from "../domain/mailbox-provider.js";
import type { SendOutcome } from "../domain/outcome.js";
import type { Addressed } from "./batch-router.js";
import type { Envelope, OutgoingMessage } from "./delivery-ports.js";

/** Whom a message asks, and whom it tells. */
export interface WireMessageOwner {
  /** Nothing more may leave. */
  isWithheld(): boolean;
  /** Answers once, whether the message was announced and may leave. */
  announce(message: WireMessage, answer: (announced: boolean) => void): void;
  /** What came of it, once, when no announcement of it is under way. */
  conclude(message: WireMessage, outcome: SendOutcome): void;
}

/**
 * One message on its way through the transport. An object with methods, not a set of closures and promises: Temporal
 * follows every promise of a worker, which makes ten of them a message cost 10 µs of 90.
 */
export class WireMessage implements OutgoingMessage {
  readonly addressed: Addressed;
  readonly envelope: Envelope;
  readonly bytes: Buffer;
  readonly isUrgent: boolean;
  readonly mailboxProvider: string;
  private readonly owner: WireMessageOwner;
  private isAnnouncing = false;
  private outcome: SendOutcome | null = null;

  constructor(
    addressed: Addressed,
    { from, isUrgent, bytes }: { from: string; isUrgent: boolean; bytes: Buffer },
    owner: WireMessageOwner,
  ) {
    this.addressed = addressed;
    this.envelope = { from, to: addressed.item.recipient.email };
    this.bytes = bytes;
    this.isUrgent = isUrgent;
    this.mailboxProvider = mailboxProviderOf(addressed.item.recipient);
    this.owner = owner;
  }

  isWithheld(): boolean {
    return this.owner.isWithheld();
  }

  mayLeave(answer: (allowed: boolean) => void): void {
    this.isAnnouncing = true;
    this.owner.announce(this, (announced) => {
      this.isAnnouncing = false;
      // The envelope travels meanwhile: a refusal of it may have been here first.
      const { outcome } = this;
      answer(announced);
      if (outcome) this.owner.conclude(this, outcome);
    });
  }

  settle(outcome: SendOutcome): void {
    this.outcome = outcome;
    if (!this.isAnnouncing) this.owner.conclude(this, outcome);
  }
}
