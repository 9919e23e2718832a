import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from "@temporalio/workflow";
import type {
  EmailSettings,
  EmailStepActivities,
  TransmitEmailsActivities,
} from "../activities/send-emails.js";
import { backoffMs } from "../domain/backoff.js";
import { emailRetryBackoff } from "../domain/email-status.js";
import { lanePriority, laneQueue } from "../domain/lanes.js";
import { maxAttempts } from "../domain/outcome.js";
import {
  emailsCancelledSignal,
  emailsRevivedSignal,
  type SendEmailsInput,
  type SendEmailsResult,
} from "./email-messages.js";

/** Local: each step is a line of the Web UI's timeline, and costs the server nothing but that. */
const steps = proxyLocalActivities<EmailStepActivities>({
  startToCloseTimeout: "1m",
  retry: { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "10s" },
});

/**
 * `email.send`: render → suppression → select provider → permit and send → analytics, for one email or for a group that was
 * asked for at once. All facts are in the ledger: it may be ended at any moment and started again with the same input.
 */
export async function sendEmails(input: SendEmailsInput): Promise<SendEmailsResult> {
  const run = new EmailsRun(input);
  // Temporal's own "cancel": what is on the wire is finished, what has not left is cancelled in the ledger.
  CancellationScope.current()
    .cancelRequested.catch(() => run.cancel())
    .catch(() => undefined);
  return CancellationScope.nonCancellable(() => run.execute());
}

class EmailsRun {
  private readonly input: SendEmailsInput;
  private readonly sending = new CancellationScope({ cancellable: true });
  private cancelled = false;
  /** Signals that something of the group was cancelled in the ledger. */
  private withdrawals = 0;
  private revived = false;
  private settings!: EmailSettings;

  constructor(input: SendEmailsInput) {
    this.input = input;
    setHandler(emailsCancelledSignal, () => void (this.withdrawals += 1));
    setHandler(emailsRevivedSignal, () => void (this.revived = true));
  }

  async execute(): Promise<SendEmailsResult> {
    const { groupId, sendAtMs } = this.input;
    if (sendAtMs !== null) await this.waitUntil(sendAtMs);
    for (;;) {
      if (!this.cancelled) await this.deliver();
      if (this.cancelled) await steps.cancelEmails({ groupId });
      const { counts } = await steps.countEmails({ groupId });
      if (!this.revived || this.cancelled) return { counts };
    }
  }

  cancel(): void {
    this.cancelled = true;
    this.sending.cancel();
  }

  private async deliver(): Promise<void> {
    const { groupId } = this.input;
    this.revived = false;
    ({ settings: this.settings } = await steps.renderEmails({ groupId }));
    let { unsettled } = await steps.suppressRecipients({ groupId });
    if (unsettled > 0) await steps.selectProvider({ groupId });
    for (let attempt = 1; unsettled > 0 && !this.cancelled; attempt += 1) {
      unsettled = await this.transmit(unsettled);
      if (unsettled > 0) await this.waitUntil(Date.now() + this.backoff(attempt));
    }
  }

  /** @returns how many recipients are deferred, or not reached because Temporal cancelled the run. */
  private async transmit(recipients: number): Promise<number> {
    const { groupId, lane, tenantId } = this.input;
    const { transmitEmails } = proxyActivities<TransmitEmailsActivities>({
      taskQueue: laneQueue(lane),
      startToCloseTimeout: "30m",
      heartbeatTimeout: this.settings.heartbeatMs,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      priority: { priorityKey: lanePriority[lane], fairnessKey: tenantId },
      retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m" },
      // Eager dispatch would pass by the queue's priorities and fairness.
      allowEagerDispatch: false,
      summary: `Permit and send: ${recipients} ${recipients === 1 ? "recipient" : "recipients"}`,
    });
    try {
      const result = await this.sending.run(() => transmitEmails({ groupId }));
      const counts = result.kind === "done" ? result.counts : null;
      return counts === null ? 0 : counts.deferred + counts.pending;
    } catch (error) {
      if (isCancellation(error) && this.cancelled) return recipients;
      throw error;
    }
  }

  private backoff(attempt: number): number {
    const { retryBaseMs: baseMs = emailRetryBackoff.baseMs } = this.settings;
    return backoffMs({ ...emailRetryBackoff, baseMs }, Math.min(attempt, maxAttempts), Math.random());
  }

  /** Returns early when nothing is left to wait for, or when somebody asks for it to go now. */
  private async waitUntil(instantMs: number): Promise<void> {
    const { groupId } = this.input;
    for (let waitMs = instantMs - Date.now(); waitMs > 0; waitMs = instantMs - Date.now()) {
      const seen = this.withdrawals;
      const stirred = await condition(
        () => this.cancelled || this.revived || this.withdrawals > seen,
        waitMs,
      );
      if (!stirred || this.cancelled || this.revived) return;
      if ((await steps.countUnsettled({ groupId })).unsettled === 0) return;
    }
  }
}
