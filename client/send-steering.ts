import type { SignalDefinition } from "@temporalio/common";
import type { Send, Sends } from "../db/sends.js";
import { Conflict } from "../domain/errors.js";
import { sendCanBecome, type SendStatus } from "../domain/send-status.js";
import { cancelSignal, pauseSignal, resumeSignal, setRateSignal } from "../workflows/campaign-messages.js";
import {
  resolveUnknownSchema,
  sendRefSchema,
  setRateSchema,
  type ResolveUnknownInput,
  type SendRef,
  type SetRate,
} from "./campaign-input.js";
import type { CampaignWorkflow } from "./campaign-workflow.js";
import { parseInput } from "./input.js";

/** Steers a send. What is asked acts within seconds; no recipient is lost by any of it. */
export interface SendSteering {
  /** Stops taking up recipients; what is on the wire is finished. @throws NotFound, Conflict when the send has ended. */
  pause(send: SendRef): Promise<void>;
  /**
   * Goes on where the pause left off. A send whose workflow was terminated or lost is started again from its ledger.
   * @throws NotFound, Conflict when the send has ended.
   */
  resume(send: SendRef): Promise<void>;
  /** Ends the send: recipients not reached yet become `cancelled`. @throws NotFound, Conflict when it has ended. */
  cancel(send: SendRef): Promise<void>;
  /** Messages a second for this send from now on; null: no limit of its own. @throws NotFound, Conflict, InvalidInput */
  setRate(send: SetRate): Promise<void>;
  /**
   * Takes the dead recipients up again, with no attempts spent, also after the send has ended.
   * @throws NotFound, Conflict when the send was cancelled.
   */
  retryFailed(send: SendRef): Promise<{ revived: number }>;
  /**
   * Settles recipients that are held as `unknown`, all of the send's or those named, also after the send has ended: `sent`
   * when they got it, `resend` to send again and flag them as possible duplicates. `resolved` counts those that stand as
   * asked, those of earlier calls included, so that a repeated call gives the same answer.
   * @throws NotFound, Conflict when the send was cancelled, InvalidInput
   */
  resolveUnknown(choice: ResolveUnknownInput): Promise<{ resolved: number }>;
}

export function createSendSteering(sends: Pick<Sends, "loadSend">, workflow: CampaignWorkflow): SendSteering {
  async function load(ref: SendRef): Promise<Send> {
    const { tenantId, sendId } = parseInput(sendRefSchema, ref);
    return sends.loadSend(tenantId, sendId);
  }

  /** Signals the workflow; one that is gone although the send has not ended is started again, and finds the signal. */
  async function steer(send: Send, signal: SignalDefinition): Promise<void> {
    if (await workflow.signal(send.sendId, signal, [])) return;
    await workflow.signalWithStart(send, signal);
  }

  return {
    async pause(ref) {
      const send = await load(ref);
      if (send.status === "paused") return;
      refuseUnless(sendCanBecome(send.status, "paused"), send, "paused");
      await steer(send, pauseSignal);
    },

    async resume(ref) {
      const send = await load(ref);
      refuseUnless(!hasEnded(send.status) && send.status !== "cancelling", send, "resumed");
      await steer(send, resumeSignal);
    },

    async cancel(ref) {
      const send = await load(ref);
      refuseUnless(!hasEnded(send.status), send, "cancelled");
      await steer(send, cancelSignal);
    },

    async setRate(input) {
      const { perSecond, ...ref } = parseInput(setRateSchema, input);
      const send = await load(ref);
      refuseUnless(!hasEnded(send.status), send, "given a rate");
      if (await workflow.signal(send.sendId, setRateSignal, [{ perSecond }])) return;
      throw new Conflict(
        `The workflow of send ${send.sendId} does not run; resume the send, then set its rate.`,
        {
          sendId: send.sendId,
        },
      );
    },

    async retryFailed(ref) {
      const send = await load(ref);
      refuseUnless(send.status !== "cancelled" && send.status !== "cancelling", send, "retried");
      return workflow.retryFailed(send);
    },

    async resolveUnknown(input) {
      const { tenantId, sendId, as, contactIds } = parseInput(resolveUnknownSchema, input);
      const send = await load({ tenantId, sendId });
      refuseUnless(send.status !== "cancelled" && send.status !== "cancelling", send, "resolved");
      return workflow.resolveUnknown(send, { as, ...(contactIds && { contactIds }) });
    },
  };
}

function hasEnded(status: SendStatus): boolean {
  return status === "completed" || status === "cancelled";
}

function refuseUnless(possible: boolean, send: Send, what: string): void {
  if (possible) return;
  throw new Conflict(`Send ${send.sendId} is ${send.status}; it cannot be ${what}.`, {
    sendId: send.sendId,
    status: send.status,
  });
}
