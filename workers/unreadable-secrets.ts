import type { Logger } from "pino";
import type { SecretUnreadable } from "../domain/errors.js";
import type { WorkerMetrics } from "./metrics.js";

const sayAgainMs = 60_000;

/** Counts secrets that could not be read, and says so of each once a minute: nodes are looked at every few seconds. */
export function reportUnreadable(log: Logger, metrics: WorkerMetrics): (error: SecretUnreadable) => void {
  const said = new Map<string, number>();
  return (error) => {
    metrics.secretUnreadable();
    const { message } = error;
    if (Date.now() - (said.get(message) ?? 0) < sayAgainMs) return;
    if (said.size > 1_000) said.clear();
    said.set(message, Date.now());
    log.error({ why: message }, "secret.unreadable");
  };
}
