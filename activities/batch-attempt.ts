import { asError, Unavailable } from "../domain/errors.js";
import { openBatch } from "./batch-opening.js";
import { permitGroup, type Permitted } from "./batch-permit.js";
import { BatchQueue, type Hold, type QueuedRecipient } from "./batch-queue.js";
import { BatchRouter, type Addressed, type Rendered } from "./batch-router.js";
import { BatchSettlements } from "./batch-settlements.js";
import { BatchWire, redisAwayMs } from "./batch-wire.js";
import type { DeliveryContext } from "./delivery-context.js";
import type { Batch, BatchCounts, Delivery } from "./delivery-ports.js";
import type { SendBatchInput, SendBatchPorts } from "./send-batch.js";

export type BatchStop =
  | { kind: "finished" }
  | { kind: "paused" }
  | { kind: "cancelled" }
  | { kind: "held"; heldBy: string; waitMs: number }
  | { kind: "interrupted" }
  | { kind: "silent" };

export interface BatchAttemptInput<Send extends Delivery> {
  ports: SendBatchPorts<Send>;
  shared: DeliveryContext<Send>;
  input: SendBatchInput;
  /** Names this attempt as the batch's owner. */
  token: string;
  /** The process shuts down, or Temporal cancelled the activity. */
  stopRequested: () => boolean;
  /** Temporal may have given the batch to another worker: nothing more may leave. */
  mayBeReplaced: () => boolean;
}

/** Waits up to here are waited out in the slot. */
const shortWaitMs = 10_000;
const pollMs = 250;
/** One slot is not kept for longer; the rest of the batch goes to the next attempt. */
const budgetMs = 5 * 60_000;
/** Milliseconds that messages handed to the transport have to leave when the attempt ends. */
const graceMs = 2_000;
/** Groups handed to the transport and not yet answered: their messages wait there for a connection. */
const groupsInFlight = 2;

/** One attempt at one batch: owns it by its token, sends what is left of it, and leaves nothing unsaid. */
export class BatchAttempt<Send extends Delivery> {
  private readonly ports: SendBatchPorts<Send>;
  private readonly shared: DeliveryContext<Send>;
  private readonly input: SendBatchInput;
  private readonly token: string;
  private readonly stopRequested: () => boolean;
  private readonly mayBeReplaced: () => boolean;
  private readonly startedMs = Date.now();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly router: BatchRouter;
  private failure: Error | undefined;
  /** What has not left yet stays here. */
  private withholding = false;
  private permitsAway = false;
  private send!: Send;
  private batch!: Batch;
  private queue!: BatchQueue;
  private settlements!: BatchSettlements<Send>;
  private wire!: BatchWire;

  constructor(input: BatchAttemptInput<Send>) {
    this.ports = input.ports;
    this.shared = input.shared;
    this.input = input.input;
    this.token = input.token;
    this.stopRequested = input.stopRequested;
    this.mayBeReplaced = input.mayBeReplaced;
    this.router = new BatchRouter(input.shared);
  }

  async run(): Promise<{ stop: BatchStop; counts: BatchCounts | null }> {
    if (!(await this.open())) return { stop: { kind: "finished" }, counts: null };
    let stop: BatchStop;
    try {
      stop = await this.deliver();
    } catch (error) {
      await this.drain().catch(() => undefined);
      throw error;
    }
    await this.drain();
    const counts = await this.ports.ledger.releaseBatch(this.send, this.batch, this.token);
    // The ledger says that the batch was released: a journal that stays behind is reset by the next owner.
    await this.ports.journal.drop(this.input).catch(() => undefined);
    return { stop, counts };
  }

  private async open(): Promise<boolean> {
    const { ports, shared, input, token } = this;
    const opened = await openBatch({ ports, shared, input, token });
    if (!opened) return false;
    const { send, batch } = opened;
    const { lane, tenantId } = send;
    this.send = send;
    this.batch = batch;
    this.queue = new BatchQueue(opened.recipients);
    this.settlements = new BatchSettlements({
      ...{ ledger: ports.ledger, send, batch, token, known: opened.settlements },
      atOnce: ports.journal.marksAcceptances === false,
      observe: (settlements, facts) => ports.observe({ lane, tenantId, settlements, facts }),
    });
    this.wire = new BatchWire({
      ...{ ports, shared, send, batch, token, queue: this.queue, settlements: this.settlements },
      maySend: () => !this.withholding && !this.mayBeReplaced(),
    });
    return true;
  }

  private async deliver(): Promise<BatchStop> {
    while (this.queue.size > 0 || this.inFlight.size > 0) {
      this.throwFailure();
      const stop = await this.stopReason();
      if (stop) return stop;
      if (this.inFlight.size >= groupsInFlight) {
        await within(pollMs, this.inFlight);
        continue;
      }
      const group = this.queue.take(await this.groupSize(), Date.now());
      if (group.length === 0) {
        const held = await this.waitForWork();
        if (held) return held;
        continue;
      }
      await this.dispatch(group);
    }
    this.throwFailure();
    return { kind: "finished" };
  }

  /** What is on the wire gets its answer, and the ledger all that is known, before another attempt may begin. */
  private async drain(): Promise<void> {
    const answered = Promise.allSettled(this.inFlight);
    // Their permits are spent: what leaves within the grace does, what waits longer for a connection does not.
    if (this.inFlight.size > 0) await within(graceMs, [answered]);
    this.withholding = true;
    await answered;
    await this.settlements.written();
    this.throwFailure();
  }

  private throwFailure(): void {
    const failure = this.failure ?? this.settlements.failure;
    if (failure !== undefined) throw failure;
  }

  private async stopReason(): Promise<BatchStop | null> {
    if (this.mayBeReplaced()) return { kind: "silent" };
    if (this.stopRequested()) return { kind: "interrupted" };
    if (this.permitsAway || this.wire.journalLost)
      return { kind: "held", heldBy: "redis (away)", waitMs: redisAwayMs };
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
    const soonMs = Math.max(1, Math.min(waitMs || pollMs, pollMs));
    if (this.inFlight.size > 0) {
      await within(soonMs, this.inFlight);
      return null;
    }
    if (!hold) return null;
    if (waitMs > shortWaitMs) return { kind: "held", heldBy: hold.heldBy, waitMs };
    await this.settlements.written();
    await delay(soonMs);
    return null;
  }

  /** Enough to keep every connection busy while the next group is composed and permitted. */
  private async groupSize(): Promise<number> {
    const nodes = await this.shared.nodes(this.send.tenantId);
    const connections = nodes.reduce((sum, node) => sum + node.maxConnections, 0);
    return Math.max(10, Math.min(100, 2 * connections));
  }

  private async dispatch(group: QueuedRecipient[]): Promise<void> {
    const rendered = await this.compose(group);
    const addressed = await this.router.route(this.send, rendered, this.hold);
    const permitted = await this.permit(addressed);
    if (!permitted) return this.awaitPermits(addressed);
    if (permitted.messages.length === 0) return;
    const sending = this.wire
      .transmit(permitted)
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
      holdNode: (nodeId, hold, mailboxProvider) => this.shared.holdNode(nodeId, hold, mailboxProvider),
    }).catch((error: unknown) => {
      if (error instanceof Unavailable) return null;
      throw error;
    });
  }

  private awaitPermits(addressed: Addressed[]): void {
    this.permitsAway = true;
    const untilMs = Date.now() + redisAwayMs;
    for (const { item } of addressed) this.hold(item, { untilMs, heldBy: "redis" });
  }

  /** Those that can go; what is suppressed or cannot be composed is settled as skipped. */
  private async compose(group: QueuedRecipient[]): Promise<Rendered[]> {
    const wanted = group.filter(({ recipient, bytes }) => !recipient.suppressed && bytes === undefined);
    const composed = await this.ports.composer.compose(
      this.send,
      wanted.map(({ recipient }) => recipient),
    );
    wanted.forEach((item, at) => {
      const message = composed[at];
      if (message?.kind === "composed") item.bytes = message.bytes;
      else if (message) this.settlements.record(item.recipient, message, null);
    });
    const rendered: Rendered[] = [];
    for (const item of group) {
      const { recipient, bytes } = item;
      if (recipient.suppressed)
        this.settlements.record(recipient, { kind: "skipped", reason: "suppressed" }, null);
      else if (bytes !== undefined) rendered.push({ item, bytes });
    }
    return rendered;
  }

  private readonly hold = (item: QueuedRecipient, hold: Hold): void => this.queue.putBack(item, hold);
}

/** Resolves when one of them does, at the latest after `ms`. */
async function within(ms: number, promises: Iterable<Promise<unknown>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([...promises, late]);
  clearTimeout(timer);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
