import { asError, Unavailable } from "../domain/errors.js";
import { bounceAddress } from "../domain/ids.js";
import { mailboxProvider } from "../domain/mailbox-provider.js";
import { settle, spendsAttempt, type SendOutcome, type Settlement } from "../domain/outcome.js";
import { openBatch } from "./batch-opening.js";
import { permitGroup, type Permitted } from "./batch-permit.js";
import { BatchQueue, type Hold, type QueuedRecipient } from "./batch-queue.js";
import { BatchRouter, type Addressed, type Rendered } from "./batch-router.js";
import type { DeliveryContext } from "./delivery-context.js";
import type { Batch, BatchCounts, Recipient, SendContext, SendNode } from "./delivery-ports.js";
import type { SendBatchInput, SendBatchPorts } from "./send-batch.js";

export type BatchStop =
  | { kind: "finished" }
  | { kind: "paused" }
  | { kind: "cancelled" }
  | { kind: "held"; heldBy: string; waitMs: number }
  | { kind: "interrupted" };

export interface BatchAttemptInput {
  ports: SendBatchPorts;
  shared: DeliveryContext;
  input: SendBatchInput;
  /** Names this attempt as the batch's owner. */
  token: string;
  /** The process shuts down, or Temporal cancelled the activity. */
  stopRequested: () => boolean;
}

/** Waits up to here are waited out in the slot. */
const shortWaitMs = 10_000;
const pollMs = 250;
const redisAwayMs = 2_000;
/** A throttled message's wait when the server names none. */
const throttledMs = 1_000;
/** One slot is not kept for longer; the rest of the batch goes to the next attempt. */
const budgetMs = 5 * 60_000;
/** Settlements written by one statement. */
const settleGroup = 250;
/** Groups announced and not yet answered: one on the wire, one behind it. */
const groupsInFlight = 2;

/** One attempt at one batch: owns it by its token, sends what is left of it, and leaves nothing unsaid. */
export class BatchAttempt {
  private readonly ports: SendBatchPorts;
  private readonly shared: DeliveryContext;
  private readonly input: SendBatchInput;
  private readonly token: string;
  private readonly stopRequested: () => boolean;
  private readonly startedMs = Date.now();
  private readonly inFlight = new Set<Promise<void>>();
  private unsettled: Settlement[] = [];
  private failure: Error | undefined;
  private redisAway = false;
  private send!: SendContext;
  private batch!: Batch;
  private queue!: BatchQueue;
  private readonly router: BatchRouter;

  constructor(input: BatchAttemptInput) {
    this.ports = input.ports;
    this.shared = input.shared;
    this.input = input.input;
    this.token = input.token;
    this.stopRequested = input.stopRequested;
    this.router = new BatchRouter(input.shared);
  }

  async run(): Promise<{ stop: BatchStop; counts: BatchCounts | null }> {
    if (!(await this.open())) return { stop: { kind: "finished" }, counts: null };
    let stop: BatchStop;
    try {
      stop = await this.deliver();
      await this.drain();
    } catch (error) {
      await this.drain().catch(() => undefined);
      throw error;
    }
    const counts = await this.ports.ledger.releaseBatch(this.send, this.batch, this.token);
    // The ledger says that the batch was released: a journal that stays behind is reset by the next owner.
    await this.ports.journal.drop(this.input).catch(() => undefined);
    return { stop, counts };
  }

  private async open(): Promise<boolean> {
    const { ports, shared, input, token } = this;
    const opened = await openBatch({ ports, shared, input, token });
    if (!opened) return false;
    this.send = opened.send;
    this.batch = opened.batch;
    this.unsettled = opened.settlements;
    this.queue = new BatchQueue(opened.recipients);
    return true;
  }

  private async deliver(): Promise<BatchStop> {
    while (this.queue.size > 0 || this.inFlight.size > 0) {
      if (this.failure !== undefined) throw this.failure;
      const stop = await this.stopReason();
      if (stop) return stop;
      const group = this.queue.take(await this.groupSize(), Date.now());
      if (group.length === 0) {
        const held = await this.waitForWork();
        if (held) return held;
        continue;
      }
      await this.dispatch(group);
      if (this.inFlight.size >= groupsInFlight) await Promise.race(this.inFlight);
      await this.flush(settleGroup);
    }
    return { kind: "finished" };
  }

  /** What is on the wire gets its answer, and the ledger all that is known, before another attempt may begin. */
  private async drain(): Promise<void> {
    await Promise.allSettled(this.inFlight);
    await this.flush(1);
    if (this.failure !== undefined) throw this.failure;
  }

  private async stopReason(): Promise<BatchStop | null> {
    if (this.stopRequested()) return { kind: "interrupted" };
    if (this.redisAway) return { kind: "held", heldBy: "redis (away)", waitMs: redisAwayMs };
    const { status } = await this.shared.control(this.input.sendId);
    if (status === "paused") return { kind: "paused" };
    if (status === "cancelling" || status === "cancelled") return { kind: "cancelled" };
    if (Date.now() - this.startedMs > budgetMs)
      return { kind: "held", heldBy: "the slot's time budget", waitMs: 1 };
    return null;
  }

  /** Nothing may go now: wait for what is on the wire, wait out a short hold, or give the slot back. */
  private async waitForWork(): Promise<BatchStop | null> {
    const hold = this.queue.soonestHold();
    const waitMs = hold ? hold.untilMs - Date.now() : 0;
    if (this.inFlight.size > 0) {
      await Promise.race([...this.inFlight, delay(Math.max(1, Math.min(waitMs || pollMs, pollMs)))]);
      return null;
    }
    if (!hold) return null;
    if (waitMs > shortWaitMs) return { kind: "held", heldBy: hold.heldBy, waitMs };
    await this.flush(1);
    await delay(Math.max(1, Math.min(waitMs, pollMs)));
    return null;
  }

  /** Twice this is the announced window: what may be sent twice after a crash. */
  private async groupSize(): Promise<number> {
    const nodes = await this.shared.nodes(this.send.tenantId);
    const connections = nodes.reduce((sum, node) => sum + node.maxConnections, 0);
    return Math.max(10, Math.min(50, connections));
  }

  private async dispatch(group: QueuedRecipient[]): Promise<void> {
    const { journal, permits } = this.ports;
    const rendered = await this.compose(group);
    const addressed = await this.router.route(this.send, rendered, this.hold);
    const permitted = await this.permit(addressed);
    if (!permitted) return this.giveBack(addressed);
    const { messages, leaseId } = permitted;
    if (messages.length === 0) return;
    try {
      await journal.announce(
        this.input,
        this.token,
        messages.map(({ item }) => this.bit(item.recipient)),
      );
    } catch {
      if (leaseId !== null) permits.release(leaseId);
      return this.giveBack(messages);
    }
    const sending = this.transmit(messages, leaseId)
      .catch((error: unknown) => void (this.failure ??= asError(error)))
      .finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
  }

  /** Null while Redis is away: no permit, no mail; sending never becomes unlimited. */
  private async permit(addressed: Addressed[]): Promise<Permitted | null> {
    const { perSecond } = await this.shared.control(this.input.sendId);
    return permitGroup(addressed, {
      permits: this.ports.permits,
      send: this.send,
      lane: this.batch.round > 0 ? "retry" : this.send.lane,
      perSecond,
      hold: this.hold,
      holdNode: (nodeId, hold) => this.shared.holdNode(nodeId, hold),
    }).catch((error: unknown) => {
      if (error instanceof Unavailable) return null;
      throw error;
    });
  }

  private async compose(group: QueuedRecipient[]): Promise<Rendered[]> {
    const composed: Rendered[] = [];
    for (const item of group) {
      if (item.recipient.suppressed) {
        this.record(item.recipient, { kind: "skipped", reason: "suppressed" }, null);
        continue;
      }
      const message = item.bytes
        ? { kind: "composed" as const, bytes: item.bytes }
        : await this.ports.composer.compose(this.send, item.recipient);
      if (message.kind === "skipped") this.record(item.recipient, message, null);
      else composed.push({ item: Object.assign(item, { bytes: message.bytes }), bytes: message.bytes });
    }
    return composed;
  }

  private async transmit(messages: Addressed[], leaseId: string | null): Promise<void> {
    try {
      await Promise.all(messages.map((message) => this.transmitOne(message)));
    } finally {
      if (leaseId !== null) this.ports.permits.release(leaseId);
    }
  }

  private async transmitOne({ item, bytes, node }: Addressed): Promise<void> {
    const { sendId, fromEmail } = this.send;
    const { recipient } = item;
    const returnPath = node.returnPathDomain ?? fromEmail.slice(fromEmail.lastIndexOf("@") + 1);
    const envelope = { from: bounceAddress(sendId, recipient.contactId, returnPath), to: recipient.email };
    const outcome = await this.ports.transport.transmit(node, { envelope, bytes });
    if (outcome.kind === "accepted") this.ports.journal.accept(this.input, this.bit(recipient));
    else if (outcome.kind !== "unknown") this.ports.journal.withdraw(this.input, [this.bit(recipient)]);
    await this.heed(outcome, item, node);
  }

  /** Learns from an outcome about the node and the mailbox provider, then records it or puts the message back. */
  private async heed(outcome: SendOutcome, item: QueuedRecipient, node: SendNode): Promise<void> {
    const { recipient } = item;
    if (outcome.kind === "deferred" && !spendsAttempt(outcome.reason)) {
      let untilMs = Date.now() + (outcome.retryAfterMs ?? throttledMs);
      if (outcome.reason === "node-away") {
        this.shared.nodeAway(node.nodeId);
        // Routed anew at once: another node may take it.
        untilMs = 0;
      } else {
        await this.slowDown(node, recipient, outcome.retryAfterMs);
      }
      this.queue.putBack(item, { untilMs, heldBy: `node:${node.nodeId} ${outcome.reason}` });
      return;
    }
    this.shared.nodeAnswered(node.nodeId);
    this.record(recipient, outcome, node.nodeId);
  }

  private async slowDown(node: SendNode, { domain }: Recipient, retryAfterMs?: number): Promise<void> {
    // Redis away: no permit is granted anyway.
    await this.ports.permits
      .slowDown(node.nodeId, mailboxProvider(domain), retryAfterMs)
      .catch(() => undefined);
  }

  private record(recipient: Recipient, outcome: SendOutcome, nodeId: string | null): void {
    this.unsettled.push(
      settle(outcome, {
        contactId: recipient.contactId,
        attemptsBefore: recipient.attempts,
        onUnknown: this.send.onUnknown,
        nodeId,
        possibleDuplicate: recipient.possibleDuplicate,
      }),
    );
  }

  /** Writes settlements once there are `atLeast` of them. */
  private async flush(atLeast: number): Promise<void> {
    if (this.unsettled.length < atLeast) return;
    const settlements = this.unsettled;
    this.unsettled = [];
    try {
      await this.ports.ledger.settle(this.send, this.batch, this.token, settlements);
    } catch (error) {
      this.unsettled.unshift(...settlements);
      throw error;
    }
    this.ports.observe({ lane: this.send.lane, tenantId: this.send.tenantId, settlements });
  }

  /**
   * Redis is away or has lost the journal, or another attempt took it over: nothing more is sent, and what is known is
   * settled and released; the ledger refuses that when the batch has another owner.
   */
  private giveBack(messages: Addressed[]): void {
    this.redisAway = true;
    for (const { item } of messages)
      this.queue.putBack(item, { untilMs: Date.now() + redisAwayMs, heldBy: "redis" });
  }

  private readonly hold = (item: QueuedRecipient, hold: Hold): void => this.queue.putBack(item, hold);

  private bit(recipient: Recipient): number {
    return recipient.position - this.batch.firstPosition;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
