import type { AbTestStore } from "./ab-test-ports.js";
import { withBeats } from "./beating.js";
import { withFailures } from "./failures.js";

/** What the A/B test's workflow asks of the world: its facts in Postgres. */
export type AbTestActivities = AbTestStore;

/** @param onDecision told each choice, for metrics */
export function createAbTestActivities(
  store: AbTestStore,
  onDecision: (reason: string) => void,
): AbTestActivities {
  const told = async (decision: ReturnType<AbTestStore["decideAbTest"]>) => {
    const made = await decision;
    onDecision(made.reason);
    return made;
  };
  return withBeats(
    withFailures({
      ...store,
      decideAbTest: (abTestId: string, nowMs: number) => told(store.decideAbTest(abTestId, nowMs)),
      pickAbTestVariant: (abTestId: string, variant: number) =>
        told(store.pickAbTestVariant(abTestId, variant)),
    }),
  );
}
