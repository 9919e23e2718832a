/** From one planned day of a warmup to the next, pauses included. */
import { addDays, daysBetween } from "./warmup-clock.js";
import { figureAt, type WarmupPlan } from "./warmup-curve.js";
import { decideDay, stoppedAt, type DayDecision, type PastDay, type WarmupState } from "./warmup-day.js";
import { healthWindowDays, noFacts, sumFacts, type ReceiverFacts } from "./receiver-rates.js";
import { judge, resumeAfterDays, type Health } from "./warmup-health.js";
import type { WarmupStatus } from "./warmup-status.js";

/** What was measured of a subject on one day. */
export interface DayFacts extends ReceiverFacts {
  /** `YYYY-MM-DD` */
  day: string;
  /** Messages that were tried: an allowance counts attempts. */
  used: number;
}

export interface WarmupStanding extends WarmupState {
  status: WarmupStatus;
  pausedBy: "person" | "health" | null;
  /** Health's pause ends by itself on this day; null: when a person says so. */
  resumeOn: string | null;
  /** What was measured before it is not judged again. */
  judgedFrom: string | null;
  /** How often health has paused it since it last did well for long. */
  healthPauses: number;
}

export interface WarmupProgress extends WarmupStanding {
  plan: WarmupPlan;
  /** The last day that was planned; null: none was yet. */
  last: { day: string; planned: number; paused: boolean; partial: boolean } | null;
}

export interface NextDay extends WarmupStanding {
  decision: DayDecision | "resume";
  reason: string;
}

/** Doing well for so long, it starts again with the shortest back-off. Ours. */
const forgivenAfterDays = 14;

/** @param measured days with mail, in any order; those of the last week at least, and all since the last planned day */
export function planNext(progress: WarmupProgress, measured: readonly DayFacts[], today: string): NextDay {
  const { plan, status, pausedBy, resumeOn } = progress;
  if (status === "paused" && pausedBy === "health" && resumeOn !== null && resumeOn <= today)
    return resumed(progress, today);
  const facts = factsToJudge(progress, measured, today);
  const decided = decideDay({ plan, state: progress, days: pastDays(progress, measured, today), facts });
  if (status === "paused") return whilePaused(progress, decided);
  if (decided.decision === "stop") return pausedForHealth({ ...progress, ...decided }, decided.reason, today);
  const longAgo =
    progress.judgedFrom === null || daysBetween(progress.judgedFrom, today) >= forgivenAfterDays;
  return {
    ...standingOf(progress),
    ...decided,
    healthPauses: decided.decision === "advance" && longAgo ? 0 : progress.healthPauses,
    status: decided.decision === "finish" ? "done" : "active",
  };
}

/** Between two days: only what cannot wait. @returns null: nothing has to stop it */
export function stopNow(
  progress: WarmupProgress,
  measured: readonly DayFacts[],
  today: string,
): NextDay | null {
  if (progress.status !== "active") return null;
  const { level, reason } = healthOn(progress, measured, today);
  if (level !== "stop") return null;
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  return pausedForHealth({ ...progress, position: stoppedAt(progress.position) }, sentence, today);
}

/** What the receiving side thinks of it, today's mail included. */
export function healthOn(
  standing: Pick<WarmupStanding, "judgedFrom">,
  measured: readonly DayFacts[],
  today: string,
): Health {
  return judge(factsToJudge(standing, measured, addDays(today, 1)));
}

/** What it allows: while health has paused it, no more than the first day of its curve. Gmail: send less until errors are fewer. */
export function positionAllowed({ position, pausedBy }: WarmupStanding): number {
  return pausedBy === "health" ? 0 : position;
}

function pausedForHealth(progress: WarmupProgress, because: string, today: string): NextDay {
  const healthPauses = progress.healthPauses + 1;
  const days = resumeAfterDays(healthPauses);
  const resumeOn = days === null ? null : addDays(today, days);
  const until = resumeOn === null ? "until a person resumes it" : `until ${resumeOn}`;
  return {
    ...standingOf(progress),
    ...{ status: "paused", pausedBy: "health", healthPauses, resumeOn, decision: "stop" },
    reason: `${because} Paused ${until}, with ${figureAt(progress.plan, 0).toLocaleString("en-US")} messages a day.`,
  };
}

function resumed(progress: WarmupProgress, today: string): NextDay {
  const messages = figureAt(progress.plan, progress.position).toLocaleString("en-US");
  return {
    ...standingOf(progress),
    ...{ status: "active", pausedBy: null, resumeOn: null, judgedFrom: today, idleDays: 0, pausedDays: 0 },
    ...{ decision: "resume", reason: `The pause is over; it goes on from ${messages} messages.` },
  };
}

/** A pause takes nothing back before its grace is over, and gives nothing. */
function whilePaused(
  progress: WarmupProgress,
  decided: WarmupState & { decision: DayDecision; reason: string },
): NextDay {
  const { idleDays, pausedDays } = decided;
  const standing = { ...standingOf(progress), idleDays, pausedDays };
  if (decided.decision === "slide-back" || decided.decision === "restart")
    return { ...standing, position: decided.position, decision: decided.decision, reason: decided.reason };
  return { ...standing, decision: "hold", reason: "It is paused; the allowance stays as it is." };
}

function pastDays({ last, status }: WarmupProgress, measured: readonly DayFacts[], today: string): PastDay[] {
  if (last === null) return [];
  const used = new Map(measured.map(({ day, used: count }) => [day, count]));
  return Array.from({ length: Math.max(1, daysBetween(last.day, today)) }, (_, nth) => ({
    planned: last.planned,
    used: used.get(addDays(last.day, nth)) ?? 0,
    paused: last.paused || (nth > 0 && status === "paused"),
    partial: last.partial && nth === 0,
  }));
}

/** The last days before `today`. */
function factsToJudge(
  { judgedFrom }: Pick<WarmupStanding, "judgedFrom">,
  measured: readonly DayFacts[],
  today: string,
): ReceiverFacts {
  const since = addDays(today, -healthWindowDays);
  const from = judgedFrom !== null && judgedFrom > since ? judgedFrom : since;
  return measured.filter(({ day }) => day >= from && day < today).reduce(sumFacts, noFacts);
}

function standingOf(progress: WarmupProgress): WarmupStanding {
  const { position, idleDays, pausedDays, status, pausedBy, resumeOn, judgedFrom, healthPauses } = progress;
  return { position, idleDays, pausedDays, status, pausedBy, resumeOn, judgedFrom, healthPauses };
}
