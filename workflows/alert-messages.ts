/** How the alerts' workflow is started and told. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";
import type { AlertChange, AlertRule } from "../domain/alerts.js";
import type { WatchState } from "../domain/alert-watch.js";

export interface WatchAlertsInput {
  everyMs: number;
  state?: WatchState;
  /** What Postgres does not have yet, in order. */
  outbox?: AlertChange[];
  /** What the emergency channel does not have yet, in order. */
  urgent?: AlertChange[];
  /** Those of parts, as last read; null: never. */
  partRules?: AlertRule[] | null;
}

/** Look at once: rules have changed. */
export const lookSignal = defineSignal("look");
/** Tells as if it had been seen. */
export const testAlertSignal = defineSignal<[AlertChange]>("testAlert");

/** The type name a client starts; `workflows/watch-alerts` exports the function of that name. */
export const watchAlertsType = "watchAlerts";
export const alertJobType = "alerts.watch";
