import type { Client } from "@temporalio/client";
import { alertWorkflowId, type AlertChange } from "../domain/alerts.js";
import {
  alertJobType,
  lookSignal,
  testAlertSignal,
  watchAlertsType,
  type WatchAlertsInput,
} from "../workflows/alert-messages.js";
import { startOptionsOf } from "./start-options.js";

/** Workflow `alerts`: one, which looks for ever. */
export interface AlertWorkflow {
  /** One that runs is left as it is. */
  start(): Promise<void>;
  /** Rules have changed: it looks at once. */
  look(): Promise<void>;
  /** Tells as if it had been seen. */
  test(change: AlertChange): Promise<void>;
}

const everyMs = 30_000;

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createAlertWorkflow(connect: () => Promise<Client>): AlertWorkflow {
  const args: [WatchAlertsInput] = [{ everyMs }];
  const options = {
    ...startOptionsOf({ workflowId: alertWorkflowId, tenantId: "*", jobType: alertJobType }),
    ...{
      args,
      staticSummary: "Alerts",
      staticDetails: "Looks at what rules watch; `floe alert list` shows what it found.",
    },
  };
  return {
    start: async () => void (await (await connect()).workflow.start(watchAlertsType, options)),
    look: async () =>
      void (await (
        await connect()
      ).workflow.signalWithStart(watchAlertsType, { ...options, signal: lookSignal })),
    test: async (change) =>
      void (await (
        await connect()
      ).workflow.signalWithStart(watchAlertsType, {
        ...options,
        ...{ signal: testAlertSignal, signalArgs: [change] },
      })),
  };
}
