import {
  CancellationScope,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  type SignalDefinition,
} from "@temporalio/workflow";
import type { AbTestActivities } from "../activities/ab-test.js";
import type { AbTestPlan } from "../activities/ab-test-ports.js";
import { abTestHasEnded } from "../domain/ab-test.js";
import { pickSignal, type AbTestInput, type AbTestResult } from "./ab-test-messages.js";
import { cancelSignal, pauseSignal, resumeSignal } from "./campaign-messages.js";
import { ChildSends } from "./child-sends.js";
import { storeOptions } from "./store-options.js";

const store = proxyActivities<AbTestActivities>(storeOptions);

/** Between two looks at sends that an earlier run started. */
const lookMs = 30_000;

/**
 * One A/B test: its variants to parts of the audience, the choice, the winner to the rest. All facts are in Postgres; it may
 * be ended at any moment and started again with the same input.
 */
export async function abTest(input: AbTestInput): Promise<AbTestResult> {
  const run = new AbTestRun(input.abTestId);
  // Temporal's own "cancel" comes to the same as the signal.
  CancellationScope.current()
    .cancelRequested.catch(() => run.cancel())
    .catch(() => undefined);
  return CancellationScope.nonCancellable(() => run.execute());
}

class AbTestRun {
  private readonly abTestId: string;
  private readonly commands: boolean[] = [];
  private cancelled = false;
  private paused = false;
  private picked: number | null = null;
  private sends!: ChildSends;

  constructor(abTestId: string) {
    this.abTestId = abTestId;
    setHandler(pauseSignal, () => void this.commands.push(true));
    setHandler(resumeSignal, () => void this.commands.push(false));
    setHandler(cancelSignal, () => this.cancel());
    setHandler(pickSignal, (variant) => void (this.picked = variant));
  }

  cancel(): void {
    this.cancelled = true;
  }

  async execute(): Promise<AbTestResult> {
    const plan = await store.loadAbTest(this.abTestId);
    if (abTestHasEnded(plan.status))
      return { status: plan.status === "cancelled" ? "cancelled" : "completed" };
    this.paused = plan.paused;
    this.sends = new ChildSends({
      ...{ tenantId: plan.tenantId, campaignId: plan.abTestId, lane: plan.lane },
      summary: `${plan.name} (${plan.tenantId}), of an A/B test`,
    });
    await this.waitForStart(plan);
    if (!this.cancelled) await store.beginAbTest(this.abTestId);
    if (plan.status === "draft" || plan.status === "testing") await this.test();
    if (plan.status === "held") await this.pick();
    // The rest, and what was taken up again of a variant's send.
    await this.deliver("The winner goes to the rest.");
    if (this.cancelled) return this.cancelAll();
    return { status: (await store.endAbTest(this.abTestId, "completed")) as AbTestResult["status"] };
  }

  private async waitForStart({ status, startAtMs }: AbTestPlan): Promise<void> {
    if (status !== "draft" || startAtMs === null) return;
    setCurrentDetails(`Starts at ${new Date(startAtMs).toISOString()}.`);
    await this.waitUntil(startAtMs, () => false);
    await this.untilRunning();
  }

  /** The variants leave, time passes, and the better one is chosen. */
  private async test(): Promise<void> {
    await this.deliver("The variants are sent.");
    if (this.cancelled) return;
    const decideAtMs = await store.endAbTestSending(this.abTestId, Date.now());
    setCurrentDetails(
      `The variants have been sent. The winner is chosen at ${new Date(decideAtMs).toISOString()}.`,
    );
    await this.waitUntil(decideAtMs, () => this.picked !== null);
    await this.untilRunning();
    if (this.cancelled) return;
    if (this.picked !== null) return this.pick();
    const { status, reason } = await store.decideAbTest(this.abTestId, Date.now());
    if (status !== "held") return;
    setCurrentDetails(`No variant was chosen (${reason}): a person has to pick one.`);
    await this.pick();
  }

  /** Until a person has chosen a variant that there is. */
  private async pick(): Promise<void> {
    for (;;) {
      await this.obeyUntil(() => this.picked !== null);
      if (this.picked === null || this.cancelled) return;
      const variant = this.picked;
      this.picked = null;
      if ((await store.pickAbTestVariant(this.abTestId, variant)).status === "sending") return;
    }
  }

  /** Runs the open sends to their end. */
  private async deliver(details: string): Promise<void> {
    setCurrentDetails(details);
    for (;;) {
      const sendIds = await store.openAbTestSends(this.abTestId);
      if (sendIds.length === 0 || this.cancelled) return;
      await this.sends.start(sendIds);
      await this.obeyUntil(() => this.sends.isIdle(), lookMs);
    }
  }

  private async waitUntil(atMs: number, stirred: () => boolean): Promise<void> {
    while (Date.now() < atMs && !stirred() && !this.cancelled)
      await this.obeyUntil(stirred, atMs - Date.now());
  }

  /** A pause holds the sends, and the choice. */
  private async untilRunning(): Promise<void> {
    await this.obeyUntil(() => !this.paused && this.commands.length === 0);
  }

  /** Waits, and carries out pauses and resumes meanwhile. */
  private async obeyUntil(reached: () => boolean, withinMs?: number): Promise<void> {
    const stirred = (): boolean => reached() || this.cancelled || this.commands.length > 0;
    const deadlineMs = withinMs === undefined ? null : Date.now() + withinMs;
    for (;;) {
      await this.obey();
      if (reached() || this.cancelled) return;
      if (deadlineMs === null) await condition(stirred);
      else if (Date.now() >= deadlineMs || !(await condition(stirred, deadlineMs - Date.now()))) return;
    }
  }

  private async obey(): Promise<void> {
    for (let pause = this.commands.shift(); pause !== undefined; pause = this.commands.shift()) {
      this.paused = pause;
      await store.setAbTestPaused(this.abTestId, pause);
      await this.tell(pause ? pauseSignal : resumeSignal);
    }
  }

  private async cancelAll(): Promise<AbTestResult> {
    for (;;) {
      const sendIds = await store.openAbTestSends(this.abTestId);
      if (sendIds.length === 0) break;
      // One that never started is started to be cancelled: its recipients are then accounted for.
      await this.sends.start(sendIds);
      await this.sends.signal(sendIds, cancelSignal);
      await condition(() => this.sends.isIdle(), lookMs);
    }
    return { status: (await store.endAbTest(this.abTestId, "cancelled")) as AbTestResult["status"] };
  }

  private async tell(signal: SignalDefinition): Promise<void> {
    await this.sends.signal(await store.openAbTestSends(this.abTestId), signal);
  }
}
