import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from "@temporalio/workflow";
import type { AlertActivities } from "../activities/alerts.js";
import { takeLook } from "../domain/alert-watch.js";
import type { AlertChange } from "../domain/alerts.js";
import { lookSignal, testAlertSignal, type WatchAlertsInput } from "./alert-messages.js";

/** One try each: what does not come about now comes with the next look. */
const alerts = proxyActivities<AlertActivities>({
  startToCloseTimeout: "20s",
  scheduleToStartTimeout: "5m",
  retry: { maximumAttempts: 1 },
});

/** Histories stay small, also where looks are frequent. */
const mostLooks = 500;
/** What cannot be told for very long is history, not news. */
const mostKept = 500;

/**
 * Looks again and again at what rules watch. What is beyond a threshold, since when, and what was not told yet is its own: so it
 * goes on while Postgres is away, and tells afterwards.
 */
export async function watchAlerts({ everyMs, ...input }: WatchAlertsInput): Promise<void> {
  let { state = {}, outbox = [], urgent = [], partRules = null } = input;
  let asked = false;
  const tests: AlertChange[] = [];
  setHandler(lookSignal, () => void (asked = true));
  setHandler(testAlertSignal, (test) => {
    asked = true;
    tests.push(test, { ...test, what: "cleared", value: 0, reason: "recovered" });
  });

  for (let looks = 1; ; looks += 1) {
    asked = false;
    const keys = Object.keys(state);
    const look = await alerts.lookAtAlerts({ keys, partRules }).catch(() => null);
    if (look) {
      const taken = takeLook(state, look, { nowMs: Date.now(), newId: uuid4 });
      const news = [...taken.changes, ...tests.splice(0)];
      state = taken.state;
      partRules = look.partRules;
      outbox = [...outbox, ...news].slice(-mostKept);
      urgent = [...urgent, ...news.filter(({ rule }) => isUrgent(rule, look.isPostgresUp))].slice(-mostKept);
      if (urgent.length > 0) urgent = await alerts.tellUrgently({ changes: urgent }).catch(() => urgent);
      if (look.isPostgresUp && (outbox.length > 0 || look.isAnyUntold)) {
        const told = outbox;
        await alerts.recordAlerts({ changes: told }).then(
          () => (outbox = outbox.slice(told.length)),
          () => undefined,
        );
      }
    }
    setCurrentDetails(detailsOf(state, outbox));
    const info = workflowInfo();
    if (looks >= mostLooks || info.continueAsNewSuggested) {
      if (tests.length === 0) {
        await continueAsNew<typeof watchAlerts>({ everyMs, state, outbox, urgent, partRules });
      }
    }
    await condition(() => asked, everyMs);
  }
}

/** Of the platform's: what cannot wait, and everything while the usual way is closed. */
function isUrgent({ tenantId, severity }: AlertChange["rule"], isPostgresUp: boolean): boolean {
  return tenantId === null && (severity === "critical" || !isPostgresUp);
}

function detailsOf(state: WatchAlertsInput["state"], outbox: AlertChange[]): string {
  const open = Object.values(state ?? {}).filter(({ alertId }) => alertId !== null);
  const lines = open.slice(0, 20).map(({ rule, subject }) => `- ${rule.severity}: ${rule.name}: ${subject}`);
  const waits = outbox.length > 0 ? [`${outbox.length} changes wait for Postgres.`] : [];
  return [open.length === 0 ? "No alert is open." : `${open.length} open:`, ...lines, ...waits].join("\n");
}
