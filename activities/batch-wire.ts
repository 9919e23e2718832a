import { Conflict } from "../domain/errors.js";
import { mailboxProviderOf } from "../domain/mailbox-provider.js";
import { spendsAttempt, type DeferReason, type SendOutcome } from "../domain/outcome.js";
import { everyMailboxProvider, pathName, reachOf } from "../domain/suspensions.js";
import { asksOf, type Permitted } from "./batch-permit.js";
import type { BatchQueue } from "./batch-queue.js";
import type { Addressed } from "./batch-router.js";
import type { BatchSettlements } from "./batch-settlements.js";
import type { DeliveryContext } from "./delivery-context.js";
import type { Batch, Delivery, Recipient } from "./delivery-ports.js";
import type { SendBatchPorts } from "./send-batch.js";
import { WireMessage, type WireMessageOwner } from "./wire-message.js";

export interface BatchWireInput {
  ports: Pick<SendBatchPorts, "journal" | "permits" | "transport" | "returnPaths" | "marks">;
  shared: DeliveryContext<Delivery>;
  send: Delivery;
  batch: Batch;
  token: string;
  queue: BatchQueue;
  settlements: BatchSettlements;
  /** Asked of every message when it is next on its connection: whether this attempt may still send. */
  maySend: () => boolean;
}

/** Milliseconds that a message waits when Redis could not take its announcement. */
export const redisAwayMs = 2_000;
/** A throttled message's wait when the server names none, in milliseconds. */
const throttledMs = 1_000;

/** A batch's way to the transport: announces each message when it is next on the wire, and heeds what came of it. */
export class BatchWire {
  private readonly input: BatchWireInput;
  /** Redis is away, has lost the journal, or has given it to another attempt: nothing more of this one is sent. */
  journalLost = false;

  constructor(input: BatchWireInput) {
    this.input = input;
  }

  /** Resolves when every message of the group has its outcome recorded or waits in the queue again. */
  async transmit({ messages, leaseId, terms }: Permitted): Promise<void> {
    const { transport, permits } = this.input.ports;
    const stayed: Addressed[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const owner = this.createOwner({ messages: messages.length, stayed }, resolve, reject);
        for (const message of messages)
          transport.transmit(message.node, new WireMessage(message, this.outgoing(message), owner));
      });
    } finally {
      if (stayed.length > 0) permits.release(leaseId, { ...terms, asks: asksOf(stayed, this.input.send) });
      else if (leaseId !== null) permits.release(leaseId);
    }
  }

  /** What a message bears of its recipient for those who tell of it later: its return path, and its provider's mark. */
  private outgoing({ item, node, bytes }: Addressed): { from: string; isUrgent: boolean; bytes: Buffer } {
    const { send, ports } = this.input;
    const { origin, contactId } = item.recipient;
    const fromEmail = origin?.fromEmail ?? send.fromEmail;
    const domain = node.returnPathDomain ?? fromEmail.slice(fromEmail.lastIndexOf("@") + 1);
    const recipient = {
      sendId: origin?.sendId ?? send.sendId,
      contactId: origin?.contactId ?? contactId,
    };
    return {
      from: ports.returnPaths.address(recipient, domain),
      isUrgent: send.lane === "priority-high",
      bytes: ports.marks.mark(node, recipient, bytes),
    };
  }

  private createOwner(
    { messages, stayed }: { messages: number; stayed: Addressed[] },
    finished: () => void,
    failed: (error: unknown) => void,
  ): WireMessageOwner {
    let open = messages;
    const done = () => {
      open -= 1;
      if (open === 0) finished();
    };
    return {
      isWithheld: () => this.isWithheld(),
      announce: (message, answer) => this.announce(message, answer),
      conclude: (message, outcome) => {
        try {
          if (hasStayed(message.addressed, outcome)) stayed.push(message.addressed);
          const waiting = this.conclude(message.addressed, outcome);
          if (waiting) waiting.then(done, failed);
          else done();
        } catch (error) {
          failed(error);
        }
      },
    };
  }

  /** Returns what is still to be waited for, if anything. */
  private conclude({ item, bytes, node }: Addressed, outcome: SendOutcome): Promise<void> | null {
    const { batch, ports, shared, settlements } = this.input;
    if (item.settledElsewhere) return null;
    const position = item.recipient.position - batch.firstPosition;
    if (outcome.kind === "accepted") ports.journal.accept(batch, position);
    else if (outcome.kind !== "unknown") ports.journal.withdraw(batch, [position]);
    if (outcome.kind === "deferred" && !spendsAttempt(outcome.reason))
      return this.putBack({ item, bytes, node }, outcome.reason, outcome);
    shared.nodeAnswered(node.nodeId);
    settlements.record(item.recipient, outcome, node.nodeId);
    return null;
  }

  /**
   * The announcements of one turn of the event loop share a command. At most one message a connection is announced and
   * unanswered, which is all that can be sent twice after a crash.
   */
  private announce({ addressed: { item } }: WireMessage, answer: (announced: boolean) => void): void {
    const { ports, batch, token } = this.input;
    if (this.isWithheld()) return answer(false);
    ports.journal.announce(batch, token, [item.recipient.position - batch.firstPosition], (refusal) => {
      if (refusal instanceof Conflict) item.settledElsewhere = true;
      else if (refusal) this.journalLost = true;
      // Asked again: the answer may have taken long, and this attempt may have lost its right meanwhile.
      answer(!item.settledElsewhere && !this.isWithheld());
    });
  }

  private isWithheld(): boolean {
    return this.journalLost || !this.input.maySend();
  }

  /** Learns about the node and the mailbox provider; the message is tried again when they let it. */
  private async putBack({ item, node }: Addressed, reason: DeferReason, deferral: Deferral): Promise<void> {
    const { shared, queue } = this.input;
    let untilMs = Date.now() + (deferral.retryAfterMs ?? throttledMs);
    if (reason === "withheld") {
      untilMs = Date.now() + redisAwayMs;
    } else if (reason === "node-away") {
      shared.nodeAway(node.nodeId);
      // Routed anew at once: another node may take it.
      untilMs = 0;
    } else {
      const isSuspended = await this.slowDown(node.nodeId, item.recipient, deferral);
      // As above: whatever waits for the suspended path is routed anew.
      if (isSuspended) untilMs = 0;
    }
    queue.putBack(item, { untilMs, heldBy: `node:${node.nodeId} ${reason}` });
  }

  /** @returns whether nothing leaves that way for a while. */
  private async slowDown(nodeId: string, recipient: Recipient, deferral: Deferral): Promise<boolean> {
    const { shared, ports } = this.input;
    const { reply, retryAfterMs, throttle = { rule: "any-rate", scope: "path" } } = deferral;
    const provider = reachOf(throttle, mailboxProviderOf(recipient));
    const suspendMs = throttle.suspendMs ?? retryAfterMs;
    const slowing = {
      ...{ nodeId, mailboxProvider: provider, throttle: { ...throttle, ...(suspendMs && { suspendMs }) } },
      ...(reply && { reply }),
    };
    // Redis away: no permit is granted anyway.
    await ports.permits.slowDown(slowing).catch(() => undefined);
    if (suspendMs === undefined) return false;
    const hold = { untilMs: Date.now() + suspendMs, heldBy: `${pathName(nodeId, provider)} suspended` };
    shared.holdNode(nodeId, hold, provider === everyMailboxProvider ? undefined : provider);
    return true;
  }
}

type Deferral = Extract<SendOutcome, { kind: "deferred" }>;

/** No server saw anything of it: its permit is not used. */
function hasStayed({ item }: Addressed, outcome: SendOutcome): boolean {
  if (item.settledElsewhere) return true;
  return outcome.kind === "deferred" && (outcome.reason === "withheld" || outcome.reason === "node-away");
}
