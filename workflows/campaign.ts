import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import type { CampaignSettings, SendPlan, SendTotals } from "../activities/campaign-ports.js";
import { asError } from "../domain/errors.js";
import { backoffMs, retryRoundBackoff } from "../domain/backoff.js";
import { batchSizeFor, firstSnapshotPage, snapshotPage } from "../domain/batching.js";
import { maxAttempts } from "../domain/outcome.js";
import { progressQuery, type CampaignInput, type CampaignResult } from "./campaign-messages.js";
import { store } from "./campaign-store.js";
import { cancelRest, closeSend } from "./closing.js";
import { obeyCommands } from "./obey-commands.js";
import { Partitions } from "./partitions.js";
import { ProgressBoard } from "./progress-board.js";
import { Revivals } from "./revivals.js";
import { Steering } from "./steering.js";

const worthTellingMs = 60_000;

/**
 * One run of a campaign: snapshot, delivery in partitions, retry rounds, finish. All facts are in the ledger; this
 * workflow may be ended at any moment and started again with the same input, and goes on where the ledger stands.
 */
export async function campaign(input: CampaignInput): Promise<CampaignResult> {
  const run = new CampaignRun(input);
  // Temporal's own "cancel" comes to the same as the signal: what is on the wire is finished and accounted for.
  CancellationScope.current()
    .cancelRequested.catch(() => run.steering.cancel())
    .catch(() => undefined);
  return CancellationScope.nonCancellable(() => run.execute());
}

class CampaignRun {
  readonly steering = new Steering();
  private readonly input: CampaignInput;
  private readonly progress = new ProgressBoard();
  private readonly revivals: Revivals;
  private finished = false;
  private failure: Error | undefined;
  private partitions!: Partitions;
  private heartbeatMs = 0;
  private retryBackoff = retryRoundBackoff;

  constructor(input: CampaignInput) {
    this.input = input;
    setHandler(progressQuery, () => this.progress.latest);
    this.revivals = new Revivals(input.sendId);
  }

  async execute(): Promise<CampaignResult> {
    const { sendId } = this.input;
    const { plan, settings } = await store.loadPlan(sendId);
    this.steering.paused = plan.status === "paused";
    if (settings.retryBaseMs !== undefined)
      this.retryBackoff = { ...retryRoundBackoff, baseMs: settings.retryBaseMs };
    this.heartbeatMs = settings.batchHeartbeatMs;
    this.partitions = new Partitions({
      sendId,
      tenantId: plan.tenantId,
      heartbeatMs: settings.batchHeartbeatMs,
      started: this.input.partitions ?? 0,
    });
    const { steering, partitions } = this;
    const finished = (): boolean => this.finished;
    this.inBackground(obeyCommands({ sendId, steering, partitions, finished }));
    this.inBackground(
      this.progress.watch(
        () => store.loadProgress(sendId),
        () => !partitions.isIdle(),
        finished,
      ),
    );
    if (plan.status === "cancelling") this.steering.cancel();

    const ended = plan.status === "completed" || plan.status === "cancelled";
    if (!ended) await this.deliverAll(plan, settings);
    const totals = await this.finish(plan);
    await condition(allHandlersFinished);
    return {
      ...totals,
      status: this.steering.cancelled || plan.status === "cancelled" ? "cancelled" : "completed",
    };
  }

  private async deliverAll(plan: SendPlan, settings: CampaignSettings): Promise<void> {
    await this.waitForStart(plan);
    if (patched("late-start")) await this.startLate(plan);
    await this.untilRunning();
    if (this.steering.cancelled) return;
    await store.transition(plan.sendId, "sending");
    this.partitions.add(await store.unfinishedBatches(plan.sendId), plan.lane);
    if (!plan.snapshotDone) await this.snapshot(plan, settings);
    await this.drain();
    await this.deliverUnfinished(plan);
    await this.retryRounds(plan);
  }

  /** Batches in nobody's queue: those of a snapshot page whose reply was lost, say. */
  private async deliverUnfinished(plan: SendPlan): Promise<void> {
    for (;;) {
      const groups = await store.unfinishedBatches(plan.sendId);
      if (groups.length === 0 || this.steering.cancelled) return;
      this.partitions.add(groups, plan.lane);
      await this.drain();
      await sleep(1_000);
    }
  }

  private async waitForStart(plan: SendPlan): Promise<void> {
    if (plan.startAtMs === null || plan.status === "sending") return;
    // A local start takes its snapshot first: each batch then waits for its own time zone.
    const waitMs = plan.localStart ? 0 : plan.startAtMs - Date.now();
    if (waitMs > 0) {
      setCurrentDetails(`Starts at ${new Date(plan.startAtMs).toISOString()}.`);
      await condition(() => this.steering.cancelled, waitMs);
    }
  }

  /** Nothing fires days late by itself: the workers were away, say, and a person is asked. */
  private async startLate({ sendId, status, startAtMs }: SendPlan): Promise<void> {
    const lateMs = startAtMs === null ? 0 : Date.now() - startAtMs;
    if (status !== "scheduled" || lateMs < worthTellingMs || this.steering.cancelled) return;
    const { held } = await store.startLate(sendId, lateMs);
    if (!held) return;
    this.steering.paused = true;
    setCurrentDetails(
      `Held: its time passed ${Math.round(lateMs / 60_000)} minutes ago. Resume it to send now.`,
    );
  }

  /** Pages of the audience become batches; sending begins with the first page and is never more than a page behind. */
  private async snapshot(plan: SendPlan, settings: CampaignSettings): Promise<void> {
    const batchSize = Math.min(settings.maxBatchSize, batchSizeFor(plan.perSecond ?? undefined));
    for (let first = true, done = false; !done; first = false) {
      await this.untilRunning();
      if (this.steering.cancelled) return;
      const contacts = first && !plan.localStart ? firstSnapshotPage : snapshotPage;
      const page = await store.snapshotPage(plan.sendId, { contacts, batchSize });
      this.partitions.add(page.groups, plan.lane);
      done = page.done;
      // At local times nothing may start before every time zone's batches are known.
      while (!done && !plan.localStart && !this.partitions.hasRoom() && !this.steering.cancelled) {
        await this.advance();
      }
      await this.continueIfLong();
    }
  }

  private async drain(): Promise<void> {
    while (!this.partitions.isEmpty() && !this.steering.cancelled) {
      await this.advance();
      await this.continueIfLong();
    }
  }

  private async retryRounds(plan: SendPlan): Promise<void> {
    for (let round = plan.retryRound + 1; !this.steering.cancelled; round += 1) {
      const revived = this.revivals.waiting;
      const groups = await store.planRetryRound(plan.sendId, round);
      this.revivals.waiting -= revived;
      if (groups.length === 0) return;
      const waitMs = backoffMs(this.retryBackoff, Math.min(round, maxAttempts), Math.random());
      setCurrentDetails(`Retry round ${round} in ${Math.round(waitMs / 1000)} s.`);
      // Somebody who asks for failed recipients to be taken up again does not wait.
      if (revived === 0) await condition(() => this.steering.cancelled || this.revivals.waiting > 0, waitMs);
      this.partitions.add(groups, "retry");
      await this.drain();
    }
  }

  /** Closes the send; what is found unsettled, or was revived meanwhile, is delivered first. */
  private async finish(plan: SendPlan): Promise<SendTotals> {
    for (;;) {
      await condition(allHandlersFinished);
      if (this.steering.cancelled) await cancelRest(plan, this.partitions, this.heartbeatMs);
      else if (this.revivals.waiting > 0) await this.deliverRest(plan.sendId);
      const cancelled = this.steering.cancelled || plan.status === "cancelled";
      const totals = await closeSend(plan.sendId, cancelled ? "cancelled" : "completed");
      if (totals === null) {
        await sleep(1_000);
        await this.deliverRest(plan.sendId);
      } else if (cancelled || (this.revivals.waiting === 0 && allHandlersFinished())) {
        this.finished = true;
        this.progress.showTotals(totals, cancelled ? "cancelled" : "completed");
        return totals;
      }
    }
  }

  private async deliverRest(sendId: string): Promise<void> {
    await this.untilRunning();
    if (this.steering.cancelled) return;
    const { plan } = await store.loadPlan(sendId);
    await store.transition(sendId, "sending");
    await this.deliverUnfinished(plan);
    await this.retryRounds(plan);
  }

  private async advance(): Promise<void> {
    const { paused } = this.steering;
    const until = (): boolean =>
      this.steering.cancelled || this.steering.paused !== paused || this.failure !== undefined;
    await this.partitions.advance(paused, until);
    if (this.failure !== undefined) throw this.failure;
  }

  private async untilRunning(): Promise<void> {
    await condition(() => !this.steering.paused || this.steering.cancelled);
  }

  /** The ledger knows what is left: a long history is left behind as soon as nothing of it is open. */
  private async continueIfLong(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || this.steering.cancelled) return;
    this.partitions.held = true;
    while (!this.partitions.isIdle() && !this.steering.cancelled) await this.advance();
    await condition(() => allHandlersFinished() && this.steering.commands.length === 0);
    if (this.steering.cancelled || this.revivals.waiting > 0) {
      this.partitions.held = false;
      return;
    }
    await continueAsNew<typeof campaign>({ ...this.input, partitions: this.partitions.started });
  }

  /** A failure in the background fails the campaign at its next step instead of vanishing. */
  private inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!isCancellation(error)) this.failure ??= asError(error);
    });
  }
}
