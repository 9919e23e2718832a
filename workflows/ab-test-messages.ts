/** How a running A/B test is steered, beside a campaign's `pause`, `resume` and `cancel`. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";

export interface AbTestInput {
  abTestId: string;
}

export interface AbTestResult {
  status: "completed" | "cancelled";
}

/** A person's choice, a variant's number: it goes to the rest as soon as the variants have been sent. */
export const pickSignal = defineSignal<[number]>("pick");

/** The type name a client starts; `workflows/ab-test` exports the function of that name. */
export const abTestWorkflowType = "abTest";
