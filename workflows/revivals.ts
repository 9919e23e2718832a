import { setHandler } from "@temporalio/workflow";
import type { ResolveUnknown } from "../activities/campaign-ports.js";
import { resolveUnknownUpdate, retryFailedUpdate, revivedSignal } from "./campaign-messages.js";
import { store } from "./campaign-store.js";

/**
 * What people take up again, while the campaign runs or after it has ended. The handlers change the ledger, since whoever
 * asks waits for the figure; the campaign's main function delivers.
 */
export class Revivals {
  /** Recipients deferred by them that no retry round has taken yet. */
  waiting = 0;
  private readonly sendId: string;

  constructor(sendId: string) {
    this.sendId = sendId;
    setHandler(retryFailedUpdate, () => this.retryFailed());
    // How many is in the ledger; that there are some makes the next retry round come at once.
    setHandler(revivedSignal, () => void (this.waiting += 1));
    setHandler(resolveUnknownUpdate, (choice) => this.resolveUnknown(choice));
  }

  private async retryFailed(): Promise<{ revived: number }> {
    const revived = await store.reviveDead(this.sendId);
    this.waiting += revived;
    return { revived };
  }

  private async resolveUnknown(choice: ResolveUnknown): Promise<{ resolved: number }> {
    const resolved = await store.resolveUnknown(this.sendId, choice);
    if (choice.as === "resend") this.waiting += resolved;
    return { resolved };
  }
}
