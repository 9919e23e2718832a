/** How a running sequence is steered, beside a campaign's `pause`, `resume` and `cancel`. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";

export interface SequenceInput {
  sequenceId: string;
}

export interface SequenceResult {
  status: "completed" | "cancelled";
}

/** Somebody is to be enrolled: the rows say who. */
export const enrollSignal = defineSignal("enroll");

/** The type name a client starts; `workflows/sequence` exports the function of that name. */
export const sequenceWorkflowType = "sequence";
/** `JobType` of its runs and of its sends. */
export const sequenceJobType = "campaign.process";
