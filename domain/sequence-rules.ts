import { addDelay, nextOpening, type BusinessHours, type Delay } from "./business-hours.js";
import type { SegmentFilter } from "./segment-filter.js";

/** What a recipient may do with an earlier step. The words of `email_engagements`. */
export const stepEvents = ["open", "click", "reply"] as const;
export type StepEvent = (typeof stepEvents)[number];

/** Every condition of a step must hold for it to be sent; `step` counts from 1. */
export type StepCondition =
  { kind: "did" | "did-not"; event: StepEvent; step: number } | { kind: "contact"; filter: SegmentFilter };

export interface SequenceStep {
  templateVersionId: string;
  /** After the step before; of the first: after the enrollment. */
  delay: Delay;
  conditions: StepCondition[];
}

/** What takes a recipient out of the sequence before its next step. */
export interface ExitRules {
  replied: boolean;
  unsubscribed: boolean;
  bounced: boolean;
  contact: SegmentFilter | null;
}

export interface SequenceRules {
  steps: SequenceStep[];
  exits: ExitRules;
  hours: BusinessHours | null;
  /** Of recipients who have none. IANA name. */
  timeZone: string;
  /** A step that would leave later than this after its time is late. */
  lateAfterMinutes: number;
  onLate: "skip" | "send";
}

/** What is known of a recipient when its next step is due. */
export interface StepFacts {
  /** `<step>:<event>`, steps from 1. */
  engagements: ReadonlySet<string>;
  /** Why the address is suppressed. */
  suppressions: readonly string[];
  matches: ReadonlyMap<SegmentFilter, boolean>;
}

export type ExitReason = "replied" | "unsubscribed" | "bounced" | "contact";
export type SkipReason = "condition" | "late";

export type StepDecision =
  | { kind: "exit"; reason: ExitReason }
  | { kind: "wait"; untilMs: number }
  | { kind: "skip"; reason: SkipReason; lateMs: number }
  | { kind: "send"; lateMs: number };

export interface DueStep {
  /** Counts from 1. */
  step: number;
  plannedForMs: number;
  nowMs: number;
  zone: string;
  facts: StepFacts;
}

/** What becomes of a recipient whose step is due. `lateMs` is zero for what is on time. */
export function decideStep(rules: SequenceRules, due: DueStep): StepDecision {
  const { facts, nowMs, zone } = due;
  const reason = exitOf(rules.exits, facts);
  if (reason !== null) return { kind: "exit", reason };
  const lateMs = latenessOf(rules, due);
  if (lateMs > 0 && rules.onLate === "skip") return { kind: "skip", reason: "late", lateMs };
  const conditions = rules.steps[due.step - 1]?.conditions ?? [];
  if (!conditions.every((condition) => holds(condition, facts)))
    return { kind: "skip", reason: "condition", lateMs };
  // After a pause or an outage it may be night by now.
  const untilMs = nextOpening(nowMs, rules.hours, zone);
  return untilMs > nowMs ? { kind: "wait", untilMs } : { kind: "send", lateMs };
}

/** When `step` (from 1) is due, for one whose step before was at `afterMs`. */
export function planStep(rules: SequenceRules, step: number, afterMs: number, zone: string): number {
  const delay = rules.steps[step - 1]?.delay ?? { days: 0, minutes: 0 };
  return nextOpening(addDelay(afterMs, delay, zone), rules.hours, zone);
}

/** From when the next delay counts: the planned time, so that nine o'clock stays nine o'clock; now, for what was late. */
export function stepTime(rules: SequenceRules, due: Pick<DueStep, "plannedForMs" | "nowMs">): number {
  return latenessOf(rules, due) > 0 ? due.nowMs : due.plannedForMs;
}

function latenessOf(rules: SequenceRules, due: Pick<DueStep, "plannedForMs" | "nowMs">): number {
  const lateMs = due.nowMs - due.plannedForMs;
  return lateMs > rules.lateAfterMinutes * 60_000 ? lateMs : 0;
}

function exitOf(exits: ExitRules, { engagements, suppressions, matches }: StepFacts): ExitReason | null {
  const did = (event: string): boolean => [...engagements].some((entry) => entry.endsWith(`:${event}`));
  const suppressedAs = (...reasons: string[]): boolean =>
    reasons.some((reason) => suppressions.includes(reason));
  if (exits.unsubscribed && suppressedAs("unsubscribed", "complained")) return "unsubscribed";
  if (exits.bounced && (suppressedAs("bounced", "bounced-repeatedly") || did("bounce"))) return "bounced";
  if (exits.replied && did("reply")) return "replied";
  return exits.contact !== null && matches.get(exits.contact) === true ? "contact" : null;
}

function holds(condition: StepCondition, { engagements, matches }: StepFacts): boolean {
  switch (condition.kind) {
    case "did":
      return engagements.has(`${condition.step}:${condition.event}`);
    case "did-not":
      return !engagements.has(`${condition.step}:${condition.event}`);
    case "contact":
      return matches.get(condition.filter) === true;
  }
}
