import type { Logger } from "pino";
import type { WebhookWorkflow } from "../client/webhook-workflow.js";
import type { WebhookRelay } from "../db/webhook-relay.js";
import { keepLooking } from "./keep-looking.js";

export interface KeepRelayingInput {
  relay: WebhookRelay;
  workflow: WebhookWorkflow;
  log: Logger;
  everyMs?: number;
}

/** So often at all: whose server died, or whose workflow was lost, is found without an event of its own. */
const sweepEveryMs = 5_000;
/** Where there were events, more are likely: a fifth of the wait. */
const busyShare = 0.2;
/** Signals under way at once. */
const signalsAtOnce = 20;

/**
 * Hands events of the outbox to endpoints, several times a second: by looking, because a notification would make every
 * transaction that writes an event wait for the others. Several processes may do this, and take turns.
 */
export function keepRelaying({ relay, workflow, log, everyMs = 250 }: KeepRelayingInput): {
  stop: () => Promise<void>;
} {
  let sweptMs = 0;
  let busy = false;

  const look = async (): Promise<void> => {
    // Until it is known otherwise: a look that fails is no reason to hurry.
    busy = false;
    const { events, webhookIds } = await relay.relay();
    const all = Date.now() - sweptMs >= sweepEveryMs;
    if (all) sweptMs = Date.now();
    if (all || webhookIds.length > 0) {
      const woken = await relay.wake(all ? null : webhookIds);
      for (let i = 0; i < woken.length; i += signalsAtOnce)
        await Promise.all(woken.slice(i, i + signalsAtOnce).map((webhook) => workflow.wake(webhook)));
    }
    busy = events > 0;
  };
  // Events stay where they are, and endpoints that were not woken are found by a later look.
  return keepLooking({
    ...{ look, log, event: "webhook.not_relayed" },
    waitMs: () => everyMs * (busy ? busyShare : 1),
  });
}
