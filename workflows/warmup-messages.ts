/** How a warmup is steered, and what schedules start for all of them. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { WarmupOutlook } from "../activities/warmup-ports.js";
import type { WarmupPlan } from "../domain/warmup-curve.js";

export interface WarmupInput {
  warmupId: string;
}

/** Its day is to be planned, or its row has changed: it looks at it. */
export const planDaySignal = defineSignal("planDay");
export const pauseSignal = defineSignal<[{ reason?: string }?]>("pause");
export const resumeSignal = defineSignal("resume");
/** A plan that cannot be followed changes nothing. */
export const changePlanSignal = defineSignal<[WarmupPlan]>("changePlan");

/** Null until its first day is planned. */
export const warmupStateQuery = defineQuery<WarmupOutlook | null>("state");

/** The page that a round goes on from. */
export interface RoundInput {
  after?: string;
}

/** Type names; `workflows/warmup` and `workflows/warmup-rounds` export functions of these names. */
export const warmupWorkflowType = "warmup";
export const warmupSchedulerType = "warmupScheduler";
export const warmupHealthCheckType = "warmupHealthCheck";
export const warmupJobType = "warmup";
