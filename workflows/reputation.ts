import { continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from "@temporalio/workflow";
import type { ReputationActivities } from "../activities/reputation.js";
import type { ReputationRound } from "./reputation-messages.js";
import { scheduledAt } from "./scheduled-at.js";

const { scoreReputations, checkReputationGates } = proxyActivities<ReputationActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "20s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 10 },
});

/** At night: the day before, of every tenant. A backfill of the schedule writes the days that belong to its times. */
export async function reputationCalculator(
  input: ReputationRound = {},
): Promise<{ day: string; scored: number }> {
  const nowMs = input.nowMs ?? scheduledAt().getTime();
  let scored = 0;
  for (let { after } = input; ;) {
    const page = await scoreReputations({ after: after ?? null, nowMs });
    scored += page.scored;
    setCurrentDetails(`${scored} scores of ${page.day}.`);
    if (page.next === null) return { day: page.day, scored };
    after = page.next;
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof reputationCalculator>({ after, nowMs });
  }
}

/** Every quarter of an hour: who has just sent, and whose gate is not open. */
export async function reputationGateCheck({ after: first }: ReputationRound = {}): Promise<{
  checked: number;
  changed: number;
}> {
  const total = { checked: 0, changed: 0 };
  for (let after = first; ;) {
    const page = await checkReputationGates({ after: after ?? null, nowMs: Date.now() });
    total.checked += page.checked;
    total.changed += page.changed;
    setCurrentDetails(
      `${total.checked} domains and nodes were looked at, ${total.changed} gates have changed.`,
    );
    if (page.next === null) return total;
    after = page.next;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof reputationGateCheck>({ after });
  }
}
