import type { DayDecision } from "../domain/warmup-day.js";
import type { WarmupProgress } from "../domain/warmup-next.js";
import { warmupColumns, type Warmup } from "./warmups.js";

/** A warmup with what its next day is decided by. */
export interface ProgressRow extends Warmup {
  pausedDays: number;
  /** The allowance of the last planned day is to be written anew. */
  replan: boolean;
  lastPaused: boolean;
  lastPartial: boolean;
  lastDecision: DayDecision;
  lastReason: string;
}

/** `$1` are the ids; whoever plans or steers one of them meanwhile waits. */
export const progressText = `
  select w.*, coalesce(d.paused, false) as "lastPaused", coalesce(d.partial, false) as "lastPartial",
    coalesce(d.decision, 'start') as "lastDecision", coalesce(d.reason, '') as "lastReason"
  from (
    select ${warmupColumns}, paused_days as "pausedDays", replan
    from warmups where warmup_id = any ($1) order by warmup_id for update
  ) w
  left join warmup_days d on d.warmup_id = w."warmupId" and d.day = w."lastDay"`;

export function progressOf(row: ProgressRow): WarmupProgress {
  const { plan, position, idleDays, pausedDays, status, pausedBy, resumeOn, judgedFrom, healthPauses } = row;
  const { lastDay, planned, lastPaused: paused, lastPartial: partial } = row;
  return {
    ...{ plan, position, idleDays, pausedDays, status, pausedBy, resumeOn, judgedFrom, healthPauses },
    last: lastDay === null || planned === null ? null : { day: lastDay, planned, paused, partial },
  };
}
