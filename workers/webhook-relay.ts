import type { Logger } from "pino";
import type { WebhookWorkflow } from "../client/webhook-workflow.js";
import type { WebhookRelay } from "../db/webhook-relay.js";

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
  let away = false;
  let busy = false;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const { events, webhookIds } = await relay.relay();
    busy = events > 0;
    const all = Date.now() - sweptMs >= sweepEveryMs;
    if (all) sweptMs = Date.now();
    if (!all && webhookIds.length === 0) return;
    const woken = await relay.wake(all ? null : webhookIds);
    for (let i = 0; i < woken.length; i += signalsAtOnce)
      await Promise.all(woken.slice(i, i + signalsAtOnce).map((webhook) => workflow.wake(webhook)));
  };
  const lookSafely = async (): Promise<void> => {
    try {
      await look();
      away = false;
    } catch (error) {
      busy = false;
      // Once an outage; events stay where they are, and endpoints that were not woken are found by a later look.
      if (!away) log.warn({ err: error }, "webhook.not_relayed");
      away = true;
    }
  };
  const lookLater = (): void => {
    if (stopped) return;
    timer = setTimeout(
      () => {
        looking = lookSafely().finally(lookLater);
      },
      everyMs * (busy ? busyShare : 1),
    );
    timer.unref();
  };
  lookLater();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return looking;
    },
  };
}
