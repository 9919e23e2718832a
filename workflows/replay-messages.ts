/** How a replay of dead letters is started and steered. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { ReplayProgress } from "../domain/dead-letters.js";

export interface ReplayInput {
  replayId: string;
}

/** Its row was changed: paused, resumed or cancelled. */
export const replayChangedSignal = defineSignal("changed");
export const replayProgressQuery = defineQuery<ReplayProgress | null>("progress");

/** The type name a client starts; the file of that name exports the function. */
export const replayWorkflowType = "replay";
/** `JobType` of its runs. */
export const replayJobType = "dead-letters.replay";
