import type { Logger } from "pino";
import type { NotifyWorkflow } from "../client/notify-workflow.js";
import type { NotificationRelay } from "../db/notification-relay.js";
import { keepLooking } from "./keep-looking.js";

export interface KeepNotifyingInput {
  relay: NotificationRelay;
  workflow: NotifyWorkflow;
  log: Logger;
  now?: (() => number) | undefined;
  everyMs?: number;
}

/** So often at all: whose server died, or who has changed their mind, is found without anything new. */
const sweepEveryMs = 5_000;
/** Signals under way at once. */
const signalsAtOnce = 20;

/** Hands notifications to their people's workflows. Several processes may do this, and take turns. */
export function keepNotifying({ relay, workflow, log, now = Date.now, everyMs = 500 }: KeepNotifyingInput): {
  stop: () => Promise<void>;
} {
  let sweptMs = 0;
  const look = async (): Promise<void> => {
    const { userIds } = await relay.relay(now());
    const woken = userIds.length > 0 ? await relay.wake(userIds, now()) : [];
    if (Date.now() - sweptMs >= sweepEveryMs) {
      sweptMs = Date.now();
      woken.push(...(await relay.wake(null, now())));
    }
    for (let i = 0; i < woken.length; i += signalsAtOnce)
      await Promise.all(woken.slice(i, i + signalsAtOnce).map((userId) => workflow.wake(userId)));
  };
  // Notifications stay where they are, and people who were not woken are found by a later look.
  return keepLooking({ look, log, event: "notification.not_relayed", waitMs: () => everyMs });
}
