import { condition, executeChild, getExternalWorkflowHandle, ParentClosePolicy } from "@temporalio/workflow";
import type { BatchGroup } from "../activities/campaign-ports.js";
import { asError } from "../domain/errors.js";
import { maxOpenPartitions } from "../domain/batching.js";
import { deliverWorkflowId } from "../domain/ids.js";
import type { Lane } from "../domain/lanes.js";
import { lanePriority, orchestrationQueue } from "../domain/lanes.js";
import { cancelSignal, pauseSignal, resumeSignal } from "./campaign-messages.js";
import { deliver } from "./deliver.js";

/** Batches one delivery child takes: short histories, and a pause that reaches few children. */
const batchesPerPartition = 40;

export interface PartitionsInput {
  sendId: string;
  tenantId: string;
  heartbeatMs: number;
  /** Partitions that earlier runs started: child ids go on from there. */
  started: number;
}

/** The delivery children of one campaign run: what waits, what is open, and how a signal reaches them. */
export class Partitions {
  private readonly waiting: { lane: Lane; dueAtMs: number; batchNos: number[] }[] = [];
  private readonly open = new Map<string, Promise<void>>();
  private failure: Error | undefined;
  private readonly input: PartitionsInput;
  started: number;
  /** No new partition while set: the run is about to continue as new. */
  held = false;

  constructor(input: PartitionsInput) {
    this.input = input;
    this.started = input.started;
  }

  add(groups: BatchGroup[], lane: Lane): void {
    for (const group of groups) {
      for (let i = 0; i < group.batchNos.length; i += batchesPerPartition) {
        const batchNos = group.batchNos.slice(i, i + batchesPerPartition);
        this.waiting.push({ lane, dueAtMs: group.dueAtMs ?? 0, batchNos });
      }
    }
    this.waiting.sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  /** Opens what is due and fits; resolves when something changed or `until()` holds. */
  async advance(paused: boolean, until: () => boolean): Promise<void> {
    while (!this.held && !paused && this.hasDue() && this.open.size < maxOpenPartitions) this.start(paused);
    const opened = this.open.size;
    const next = this.waiting[0];
    const changed = (): boolean => until() || this.failure !== undefined || this.open.size !== opened;
    if (next && this.open.size < maxOpenPartitions && !this.held && !paused) {
      await condition(changed, Math.max(1, next.dueAtMs - Date.now()));
    } else {
      await condition(changed);
    }
    this.throwFailure();
  }

  /** Whether another snapshot page would have partitions to run in. */
  hasRoom(): boolean {
    return this.waiting.length === 0 && this.open.size < maxOpenPartitions;
  }

  isEmpty(): boolean {
    return this.waiting.length === 0 && this.open.size === 0;
  }

  isIdle(): boolean {
    return this.open.size === 0;
  }

  /** Resolves when no child is open any more: nothing of the send is on the wire. */
  async untilIdle(): Promise<void> {
    await condition(() => this.open.size === 0);
    this.throwFailure();
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  async signal(kind: "pause" | "resume" | "cancel"): Promise<void> {
    const signal = { pause: pauseSignal, resume: resumeSignal, cancel: cancelSignal }[kind];
    if (kind === "cancel") this.waiting.length = 0;
    await Promise.all(
      [...this.open.keys()].map((workflowId) =>
        getExternalWorkflowHandle(workflowId)
          .signal(signal)
          // A child that has just ended needs no signal.
          .catch(() => undefined),
      ),
    );
  }

  private hasDue(): boolean {
    const next = this.waiting[0];
    return next !== undefined && next.dueAtMs <= Date.now();
  }

  private start(paused: boolean): void {
    const next = this.waiting.shift();
    if (!next) return;
    const { sendId, tenantId, heartbeatMs } = this.input;
    const workflowId = deliverWorkflowId(sendId, this.started);
    this.started += 1;
    const child = executeChild(deliver, {
      workflowId,
      taskQueue: orchestrationQueue,
      args: [{ sendId, tenantId, lane: next.lane, batchNos: next.batchNos, paused, heartbeatMs }],
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      priority: { priorityKey: lanePriority[next.lane], fairnessKey: tenantId },
      staticSummary: `batches ${next.batchNos[0]}–${next.batchNos.at(-1)} on ${next.lane}`,
    })
      .catch((error: unknown) => void (this.failure ??= asError(error)))
      .finally(() => this.open.delete(workflowId));
    this.open.set(workflowId, child);
  }
}
