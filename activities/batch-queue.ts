import type { Recipient } from "./delivery-ports.js";

export interface QueuedRecipient {
  recipient: Recipient;
  /** Composed once; a message that has to wait is not rendered again. */
  bytes?: Buffer;
  /** Somebody cancelled it after the batch was loaded: it is in the ledger already, and does not leave. */
  settledElsewhere?: boolean;
}

export interface Hold {
  untilMs: number;
  heldBy: string;
}

/** The recipients of a batch that still have to go: those that may go now, and those that a limit holds back. */
export class BatchQueue {
  private readonly ready: QueuedRecipient[];
  private next = 0;
  private readonly held: { item: QueuedRecipient; hold: Hold }[] = [];

  constructor(recipients: Recipient[]) {
    this.ready = recipients.map((recipient) => ({ recipient }));
  }

  get size(): number {
    return this.ready.length - this.next + this.held.length;
  }

  take(count: number, nowMs: number): QueuedRecipient[] {
    this.releaseHeld(nowMs);
    const group = this.ready.slice(this.next, this.next + count);
    this.next += group.length;
    return group;
  }

  putBack(item: QueuedRecipient, hold: Hold): void {
    this.held.push({ item, hold });
  }

  /** What holds the recipient that may go first; null when one may go now or none is held. */
  soonestHold(): Hold | null {
    if (this.next < this.ready.length) return null;
    return this.held.reduce<Hold | null>(
      (soonest, { hold }) => (soonest === null || hold.untilMs < soonest.untilMs ? hold : soonest),
      null,
    );
  }

  private releaseHeld(nowMs: number): void {
    for (let i = this.held.length - 1; i >= 0; i -= 1) {
      const entry = this.held[i];
      if (!entry || entry.hold.untilMs > nowMs) continue;
      this.ready.push(entry.item);
      this.held.splice(i, 1);
    }
  }
}
