/** What a mailbox of the warmup pool does with its mail. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";

export interface EngagementInput {
  tenantId: string;
  mailboxId: string;
}

/** Something may have changed: it looks now. */
export const lookSignal = defineSignal("look");

/** Type names; `workflows/warmup-engagement` exports functions of these names. */
export const warmupEngagementType = "warmupEngagement";
export const warmupEngagementSimulatorType = "warmupEngagementSimulator";
export const warmupEngagementJobType = "warmup-engagement";
