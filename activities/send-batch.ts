import { randomUUID } from "node:crypto";
import { Context } from "@temporalio/activity";
import type { DeliveryFact } from "../domain/delivery-facts.js";
import type { Lane } from "../domain/lanes.js";
import type { Settlement } from "../domain/outcome.js";
import { BatchAttempt, type BatchStop } from "./batch-attempt.js";
import { askAgainMs, createDeliveryContext } from "./delivery-context.js";
import type {
  BatchCounts,
  CallbackMarks,
  Composer,
  Delivery,
  Journal,
  Ledger,
  Permits,
  Receivers,
  ReturnPaths,
  SendContext,
  SendDirectory,
  Transport,
} from "./delivery-ports.js";
import { heldBack, withFailures } from "./failures.js";

export interface SendBatchInput {
  sendId: string;
  batchNo: number;
}

export type SendBatchResult =
  | {
      kind: "done";
      counts: BatchCounts | null;
      /** Milliseconds that this attempt waited for a slot, by the clocks of Temporal and of the worker. */
      queuedMs?: number;
    }
  /** Somebody paused or cancelled the send; nothing of the batch is on the wire, everything is settled. */
  | { kind: "stopped"; why: "paused" | "cancelled" };

export interface SendBatchActivities {
  sendBatch(input: SendBatchInput): Promise<SendBatchResult>;
}

export interface SendBatchPorts<Send extends Delivery = SendContext> {
  directory: SendDirectory<Send>;
  ledger: Ledger<Send>;
  journal: Journal;
  permits: Permits;
  composer: Composer<Send>;
  transport: Transport;
  /** Absent: mailbox providers are told by domains alone. */
  receivers?: Receivers;
  returnPaths: ReturnPaths;
  marks: CallbackMarks;
  /** Told of every group that was settled. */
  observe: (event: {
    lane: Lane;
    tenantId: string;
    settlements: readonly Settlement[];
    /** What servers answered. */
    facts: readonly DeliveryFact[];
  }) => void;
}

export interface SendBatchOptions {
  /** Aborted when the process begins to shut down: batches finish what is on the wire and give the rest back. */
  stopping: AbortSignal;
  /** Epoch milliseconds at which Temporal last answered this process. */
  lastContactMs: () => number;
}

/** The part of a heartbeat timeout without contact after which an attempt stops by itself. */
const silenceShare = 0.75;

/**
 * Delivers one batch: suppression → route → permit → render → transmit → settle. Safe to run again at any moment: the
 * journal and the ledger say what an earlier attempt did.
 */
export function createSendBatchActivities<Send extends Delivery>(
  ports: SendBatchPorts<Send>,
  options: SendBatchOptions,
): SendBatchActivities {
  const shared = createDeliveryContext(ports.directory);

  async function sendBatch(input: SendBatchInput): Promise<SendBatchResult> {
    const context = Context.current();
    const heartbeatMs = context.info.heartbeatTimeoutMs ?? 30_000;
    const startedMs = Date.now();
    const beating = setInterval(() => context.heartbeat(), heartbeatMs / 4);
    // Temporal calls an attempt dead that it has not heard of for a heartbeat timeout, and starts another one.
    const silentMs = () => Date.now() - Math.max(startedMs, options.lastContactMs());
    try {
      const attempt = new BatchAttempt({
        ports,
        shared,
        input,
        token: randomUUID(),
        stopRequested: () => options.stopping.aborted || context.cancellationSignal.aborted,
        mayBeReplaced: () => silentMs() > silenceShare * heartbeatMs,
      });
      const { stop, counts } = await attempt.run();
      const queuedMs = Math.max(0, startedMs - context.info.currentAttemptScheduledTimestampMs);
      return answer(stop, counts, { queuedMs, batchNo: input.batchNo });
    } finally {
      clearInterval(beating);
    }
  }

  function answer(
    stop: BatchStop,
    counts: BatchCounts | null,
    { queuedMs, batchNo }: { queuedMs: number; batchNo: number },
  ): SendBatchResult {
    switch (stop.kind) {
      case "finished":
        return { kind: "done", counts, queuedMs };
      case "paused":
      case "cancelled":
        return { kind: "stopped", why: stop.kind };
      case "held":
        // The wait is Temporal's retry delay: no slot, no history, and the Web UI shows the reason as the last failure.
        throw heldBack(heldMessage(stop), Math.min(stop.waitMs, askAgainMs), {
          ...{ batchNo, heldBy: stop.heldBy },
          freeAtMs: Date.now() + Math.max(0, Math.ceil(stop.waitMs)),
        });
      case "interrupted":
        Context.current().cancellationSignal.throwIfAborted();
        throw heldBack("The worker is shutting down; another one goes on.", 1);
      case "silent":
        throw heldBack(
          "This worker could not reach Temporal for most of a heartbeat timeout; it stopped.",
          1,
        );
    }
  }

  return withFailures<SendBatchActivities & Record<string, (...args: never[]) => Promise<unknown>>>({
    sendBatch,
  });
}

function heldMessage({ heldBy, waitMs }: { heldBy: string; waitMs: number }): string {
  return `Held back by ${heldBy}, free again in ${Math.ceil(waitMs / 1_000)} s.`;
}
