import type { Logger } from "pino";
import type { WebhookWorkflow } from "../client/webhook-workflow.js";
import type { WebhookRelay } from "../db/webhook-relay.js";

export interface KeepRelayingInput {
  relay: WebhookRelay;
  workflow: WebhookWorkflow;
  log: Logger;
  everyMs?: number;
}

/** So often as many looks: whose server died, or whose workflow was lost, is found without an event of its own. */
const looksOfWhichOneIsAtAll = 20;
/** Signals under way at once. */
const signalsAtOnce = 20;

/**
 * Hands events of the outbox to endpoints, several times a second: by looking, because a notification would make every
 * transaction that writes an event wait for the others. Several processes may do this, and take turns.
 */
export function keepRelaying({ relay, workflow, log, everyMs = 250 }: KeepRelayingInput): {
  stop: () => Promise<void>;
} {
  let looks = 0;
  let away = false;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const { webhookIds } = await relay.relay();
    const all = looks % looksOfWhichOneIsAtAll === 0;
    looks += 1;
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
      // Once an outage; events stay where they are, and endpoints that were not woken are found by a later look.
      if (!away) log.warn({ err: error }, "webhook.not_relayed");
      away = true;
    }
  };
  const lookLater = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = lookSafely().finally(lookLater);
    }, everyMs);
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
