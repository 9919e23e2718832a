import type { AlertLook } from "../domain/alert-watch.js";
import type { AlertChange, AlertRule } from "../domain/alerts.js";
import { withFailures } from "./failures.js";

export interface AlertLookInput {
  /** Of what is watched, see `watchKey`: it is read whatever its value. */
  keys: string[];
  /** Of parts, as last read; null: never. */
  partRules: AlertRule[] | null;
}

export interface AlertLooked extends AlertLook {
  isPostgresUp: boolean;
  /** Of parts; those that were given while they cannot be read. */
  partRules: AlertRule[] | null;
  /** An alert stands in Postgres of which nobody was told, and is not silenced (any more). */
  isAnyUntold: boolean;
}

export interface AlertActivities {
  /** Never fails for a part that is away: that is what it looks for. */
  lookAtAlerts(input: AlertLookInput): Promise<AlertLooked>;
  /** Writes them down, and tells people and webhooks, once each however often it is asked. */
  recordAlerts(input: { changes: AlertChange[] }): Promise<void>;
  /** By log and the emergency channel, which need nothing of Floe's. @returns those that could not be told */
  tellUrgently(input: { changes: AlertChange[] }): Promise<AlertChange[]>;
}

export interface AlertPorts {
  look(input: AlertLookInput): Promise<AlertLooked>;
  record(changes: readonly AlertChange[]): Promise<void>;
  /** Resolves when it was told by every channel that is configured. */
  tellUrgently(change: AlertChange): Promise<void>;
}

export function createAlertActivities(ports: AlertPorts): AlertActivities {
  return withFailures({
    lookAtAlerts: (input: AlertLookInput) => ports.look(input),
    recordAlerts: ({ changes }: { changes: AlertChange[] }) => ports.record(changes),
    async tellUrgently({ changes }: { changes: AlertChange[] }) {
      const left: AlertChange[] = [];
      // In their order, each once: one that fails does not hold back the next.
      for (const change of changes) await ports.tellUrgently(change).catch(() => left.push(change));
      return left;
    },
  });
}
