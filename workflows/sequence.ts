import {
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { SequenceActivities } from "../activities/sequence.js";
import { cancelSignal, pauseSignal, resumeSignal } from "./campaign-messages.js";
import { enrollSignal, type SequenceInput, type SequenceResult } from "./sequence-messages.js";
import { ChildSends } from "./child-sends.js";
import { storeOptions } from "./store-options.js";

const store = proxyActivities<SequenceActivities>(storeOptions);

/** Between two waves at least: what falls due meanwhile shares a send. */
const waveGapMs = 60_000;
/** Between two looks at sends that an earlier run started. */
const lookMs = 30_000;
/** A timer's longest: an enrollment that is years away is looked at again. */
const longestWaitMs = 30 * 24 * 3_600_000;

/**
 * One sequence with all its contacts: enrolls them, wakes when the next are due, and starts their sends. All facts are in
 * Postgres; it may be ended at any moment and started again with the same input.
 */
export async function sequence(input: SequenceInput): Promise<SequenceResult> {
  const run = new SequenceRun(input.sequenceId);
  // Temporal's own "cancel" comes to the same as the signal.
  CancellationScope.current()
    .cancelRequested.catch(() => run.cancel())
    .catch(() => undefined);
  return CancellationScope.nonCancellable(() => run.execute());
}

class SequenceRun {
  private readonly sequenceId: string;
  private readonly commands: ("pause" | "resume")[] = [];
  private cancelled = false;
  private paused = false;
  /** Enrollments asked for. */
  private asked = 0;
  private sends!: ChildSends;

  constructor(sequenceId: string) {
    this.sequenceId = sequenceId;
    setHandler(pauseSignal, () => void this.commands.push("pause"));
    setHandler(resumeSignal, () => void this.commands.push("resume"));
    setHandler(cancelSignal, () => this.cancel());
    setHandler(enrollSignal, () => void (this.asked += 1));
  }

  cancel(): void {
    this.cancelled = true;
  }

  async execute(): Promise<SequenceResult> {
    const plan = await store.loadSequence(this.sequenceId);
    this.sends = new ChildSends({
      ...{ tenantId: plan.tenantId, campaignId: plan.sequenceId, lane: plan.lane },
      summary: `${plan.name} (${plan.tenantId}), a step's wave`,
    });
    this.cancelled ||= plan.status === "cancelled";
    this.paused = plan.status === "paused";
    if (plan.status === "draft" || plan.status === "completed") {
      await store.moveSequence(this.sequenceId, "running");
    }
    for (;;) {
      await this.obey();
      if (this.cancelled) return this.cancelAll();
      if (this.paused) await condition(() => this.isTold());
      else if (await this.advance()) return { status: "completed" };
      await this.continueIfLong();
    }
  }

  /** Enrolls, takes a wave, starts its sends and waits for what comes next. @returns true at the end. */
  private async advance(): Promise<boolean> {
    const asked = this.asked;
    while ((await store.enrollContacts(this.sequenceId, Date.now())).more && !this.isTold());
    if (this.isTold()) return false;
    // A wave that has begun is taken whole: its sends start when it is.
    while ((await store.takeDueContacts(this.sequenceId, Date.now())).more && !this.cancelled);
    await this.sends.start(await store.openSequenceSends(this.sequenceId));
    const { nextDueAtMs, enrolling } = await store.loadOutlook(this.sequenceId);
    const stirred = (): boolean => this.isTold() || this.asked > asked;
    if (enrolling) return false;
    if (nextDueAtMs === null) return this.finish(stirred);
    const waitMs = Math.min(longestWaitMs, Math.max(waveGapMs, nextDueAtMs - Date.now()));
    setCurrentDetails(`The next step is due at ${new Date(nextDueAtMs).toISOString()}.`);
    await condition(stirred, waitMs);
    return false;
  }

  /** Nobody waits for a step: the sequence ends with its last send, unless somebody is enrolled until then. */
  private async finish(stirred: () => boolean): Promise<boolean> {
    setCurrentDetails("Every contact is through; the last sends are under way.");
    await condition(() => stirred() || this.sends.isIdle());
    if (stirred()) return false;
    if ((await store.openSequenceSends(this.sequenceId)).length > 0) {
      await condition(stirred, lookMs);
      return false;
    }
    await store.moveSequence(this.sequenceId, "completed");
    // Whoever asked during that step finds a run that goes on.
    if (!stirred()) return true;
    await store.moveSequence(this.sequenceId, "running");
    return false;
  }

  /** A pause takes no step up. What a send has taken leaves: held back, it would be late and could not be skipped any more. */
  private async obey(): Promise<void> {
    for (let command = this.commands.shift(); command; command = this.commands.shift()) {
      const to = command === "pause" ? "paused" : "running";
      this.paused = (await store.moveSequence(this.sequenceId, to)) === "paused";
    }
  }

  private async cancelAll(): Promise<SequenceResult> {
    await store.moveSequence(this.sequenceId, "cancelled");
    await store.cancelEnrollments(this.sequenceId);
    for (;;) {
      const sendIds = await store.openSequenceSends(this.sequenceId);
      if (sendIds.length === 0) return { status: "cancelled" };
      await this.sends.start(sendIds);
      await this.sends.signal(sendIds, cancelSignal);
      await condition(() => this.sends.isIdle(), lookMs);
    }
  }

  /** Somebody wants something that the main loop has to do. */
  private isTold(): boolean {
    return this.cancelled || this.commands.length > 0;
  }

  private async continueIfLong(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || this.isTold()) return;
    await continueAsNew<typeof sequence>({ sequenceId: this.sequenceId });
  }
}
