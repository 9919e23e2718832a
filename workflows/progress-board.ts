import { condition, setCurrentDetails, upsertSearchAttributes } from "@temporalio/workflow";
import type { SendProgress, SendTotals } from "../activities/campaign-ports.js";
import { settledRecipients } from "../domain/recipient-status.js";
import { searchAttributes } from "./search-attributes.js";

/** How often progress is read: soon at first, then rarely, so that slow sends keep short histories. */
const firstMs = 2_000;
const slowestMs = 60_000;
/** The same, while nothing moves. */
const slowestIdleMs = 30 * 60_000;

/** How far a send is, as a query answers it and as the Web UI shows it. */
export class ProgressBoard {
  latest: SendProgress | null = null;

  /** Reads the progress while the send is `active()`, until it has `finished()`. */
  async watch(
    load: () => Promise<SendProgress>,
    active: () => boolean,
    finished: () => boolean,
  ): Promise<void> {
    let everyMs = firstMs;
    for (;;) {
      // A start or a time zone that is days away costs nothing.
      await condition(() => active() || finished());
      if (await condition(finished, everyMs)) return;
      const moved = this.show(await load());
      everyMs = Math.min(moved ? slowestMs : slowestIdleMs, Math.round(everyMs * 1.5));
    }
  }

  showTotals({ counts }: SendTotals, status: "completed" | "cancelled"): void {
    const recipients = settledRecipients(counts);
    this.latest = {
      status,
      recipients,
      snapshotDone: true,
      sent: counts.sent,
      deferred: 0,
      failed: recipients - counts.sent,
    };
    upsertSearchAttributes([{ key: searchAttributes.progress, value: 100 }]);
    const lines = Object.entries(counts).filter(([, count]) => count > 0);
    setCurrentDetails(lines.map(([name, count]) => `${count} ${name}`).join(", "));
  }

  /** False when nothing has changed since it was last shown. */
  private show(progress: SendProgress): boolean {
    const before = this.latest;
    this.latest = progress;
    if (
      before?.sent === progress.sent &&
      before.failed === progress.failed &&
      before.deferred === progress.deferred
    ) {
      return false;
    }
    const { recipients, sent, failed, snapshotDone } = progress;
    const percent = recipients === 0 ? 0 : Math.floor(((sent + failed) * 100) / recipients);
    // While the snapshot runs the whole is not known: 100 is only said at the finish.
    upsertSearchAttributes([
      { key: searchAttributes.progress, value: snapshotDone ? percent : Math.min(percent, 99) },
    ]);
    setCurrentDetails(`${sent} sent, ${failed} not sent, of ${recipients} recipients (${percent} %).`);
    return true;
  }
}
