/** How a warmup goes from one day to the next: one decision a day, explained, by what was measured. */
import { endOf, figureAt, type WarmupPlan } from "./warmup-curve.js";
import type { ReceiverFacts } from "./receiver-rates.js";
import { engagementPace, judge } from "./warmup-health.js";

/** How far a warmup is. */
export interface WarmupState {
  /** Days along the curve; see `figureAt`. */
  position: number;
  /** Days in a row on which nearly nothing was sent. */
  idleDays: number;
  /** Days in a row on which it was paused and idle. */
  pausedDays: number;
}

/** A day that is over. */
export interface PastDay {
  planned: number;
  /** Messages that were tried; of those that the allowance counts. */
  used: number;
  paused: boolean;
  /** It began during the day: too short to say anything when little was sent. */
  partial: boolean;
}

export type DayDecision =
  "start" | "advance" | "hold" | "slide-back" | "step-back" | "restart" | "stop" | "finish";

export interface Decided extends WarmupState {
  decision: DayDecision;
  /** A sentence for people. */
  reason: string;
}

export interface DayInput {
  plan: WarmupPlan;
  state: WarmupState;
  /** The last day that was planned, then those since, which kept its allowance; none: nothing was planned yet. */
  days: readonly PastDay[];
  /** Of the last days, those days included. */
  facts: ReceiverFacts;
}

/** Share of a day's allowance from which the mailbox providers have seen that volume. Ours. */
export const countsFrom = 0.7;
/** Below this share a day is idle. Ours. */
const idleBelow = 0.05;
/** A weekend without mail takes nothing back. Ours. */
export const idleGraceDays = 2;
/** "Warm up your IP if you haven't sent on it in more than 30 days": https://www.twilio.com/docs/sendgrid/concepts/reputation/warm-up-ip-addresses */
export const coldAfterDays = 30;
/** Days of a pause that are not idle ones. Ours. */
export const pauseGraceDays = 7;
/** Days back when the receiving side has had enough for now. Ours. */
const stepBackDays = 2;

/** Pure: the same input is the same decision, however often and wherever it is asked. */
export function decideDay({ plan, state, days, facts }: DayInput): Decided {
  const [last] = days;
  if (!last) {
    const reason = `It starts with ${show(figureAt(plan, state.position))} messages.`;
    return { ...state, decision: "start", reason };
  }
  const idled = days.reduce(passDay, state);
  const health = judge(facts);
  const because = `${capital(health.reason)}.`;
  const steppedBack = Math.min(idled.position, Math.max(0, state.position - stepBackDays));
  if (health.level === "stop") {
    const position = Math.min(idled.position, stoppedAt(state.position));
    return { ...idled, position, decision: "stop", reason: because };
  }
  if (health.level === "step-back")
    return { ...idled, position: steppedBack, decision: "step-back", reason: because };
  if (idled.position < state.position || idled.idleDays > idleGraceDays) return slideBack(idled);
  if (last.used < last.planned * countsFrom)
    return { ...idled, decision: "hold", reason: unused(last, idled) };
  if (health.level === "hold") return { ...idled, decision: "hold", reason: because };
  const pace = (health.level === "warn" ? 0.5 : 1) * (plan.engagement ? engagementPace(facts) : 1);
  return advance(plan, idled, { pace, because: health.level === "warn" ? because : null });
}

/** Where it goes on after health has stopped it: half the way back, and no less than a step. */
export function stoppedAt(position: number): number {
  return Math.max(0, Math.min(position / 2, position - stepBackDays));
}

/** What a day that is over does to a state by being idle or not. */
function passDay(state: WarmupState, day: PastDay): WarmupState {
  if (day.used > 0 && day.used >= day.planned * idleBelow) return { ...state, idleDays: 0, pausedDays: 0 };
  if (day.partial) return state;
  const pausedDays = day.paused ? state.pausedDays + 1 : 0;
  if (day.paused && pausedDays <= pauseGraceDays) return { ...state, pausedDays };
  const idleDays = state.idleDays + 1;
  const back = idleDays > idleGraceDays ? 1 : 0;
  const position = idleDays >= coldAfterDays ? 0 : Math.max(0, state.position - back);
  return { position, idleDays, pausedDays };
}

function slideBack(state: WarmupState): Decided {
  if (state.idleDays >= coldAfterDays) {
    const reason = `Nothing was sent for ${state.idleDays} days: it is cold, and begins from the start.`;
    return { ...state, decision: "restart", reason };
  }
  const reason =
    state.idleDays > 0
      ? `Nearly nothing was sent for ${count(state.idleDays, "day")}: it slides back.`
      : "Nearly nothing was sent for days: it has slid back.";
  return { ...state, decision: "slide-back", reason };
}

function advance(
  plan: WarmupPlan,
  state: WarmupState,
  { pace, because }: { pace: number; because: string | null },
): Decided {
  const end = endOf(plan);
  if (state.position >= end)
    return {
      ...state,
      decision: "finish",
      reason: `A day at the target of ${show(plan.target)} messages went well: it is warm.`,
    };
  const position = Math.min(end, state.position + pace);
  const why = because ?? (pace < 1 ? "Few recipients open or click." : null);
  const slow = pace < 1 ? ` at ${pace * 100} % of the pace` : "";
  const reason = `${why ? `${why} ` : "The day before was used and went well. "}It goes on${slow}, to ${show(figureAt(plan, position))} messages.`;
  return { ...state, position, decision: "advance", reason };
}

function unused({ used, planned, partial }: PastDay, { idleDays, pausedDays }: WarmupState): string {
  const of = `${show(used)} of ${show(planned)} messages were used`;
  if (partial && used === 0) return "It began during the day, and nothing was sent; it stays there.";
  if (pausedDays > 0) return `${of} while it was paused; it stays there.`;
  if (idleDays > 0) return `${of}; it stays there, and slides back after ${idleGraceDays} days without mail.`;
  return `${of}, and a day counts from ${percentOf(countsFrom)}; it stays there.`;
}

function show(figure: number): string {
  return figure.toLocaleString("en-US");
}

function percentOf(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function count(days: number, what: string): string {
  return `${days} ${what}${days === 1 ? "" : "s"}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
