/** What holds a domain or a node back before its reputation is lost: gates that warn, slow down and stop, with a way back. */
import { bounceLimits, complaintLimits, healthWindowDays, percent } from "./receiver-rates.js";
import { resumeAfterDays } from "./warmup-health.js";

export const reputationGates = ["none", "warn", "slow", "stop"] as const;
/** From good to bad. `slow` lets half through, `stop` nothing. */
export type ReputationGate = (typeof reputationGates)[number];

/** How a gate stands. */
export interface GateState {
  gate: ReputationGate;
  /** A sentence with the figure that decided. */
  reason: string | null;
  sinceMs: number;
  /** How often it was stopped since it last did well for long. */
  stops: number;
  /** A stop ends by itself; null: a person ends it, or it is none. */
  resumeAtMs: number | null;
  /** What came of mail before it is not judged again. */
  judgedFromMs: number | null;
  /** What `slow` lets through. */
  slowed: { perDay: number; perHour: number } | null;
}

export const openGate: GateState = {
  ...{ gate: "none", reason: null, sinceMs: 0, stops: 0, resumeAtMs: null, judgedFromMs: null, slowed: null },
};

/** Counts that gates go by; those that are judged are of what has not been judged before. */
export interface GateFacts {
  /** Of the last week, as servers answered at once. */
  accepted: number;
  bounced: number;
  /** Of the last 24 hours, too. */
  acceptedToday: number;
  bouncedToday: number;
  /** What came later, of mail of any time: came back, complained of. */
  returned: number;
  complained: number;
  /** Accepted and bounced in the last week, or in the one before if that was more: what came later may be of that. */
  sent: number;
  /** Messages tried in the last two weeks, and on how many days. */
  tried: number;
  days: number;
}

/** A gate goes back when the share is below so much of its threshold: not at the next message. Ours. */
const goesBackBelow = 0.8;
/** … and not before so long. Ours. */
const leastMs = 24 * 3_600_000;
/** Doing well for so long, the next stop is the first again: as with warmups. */
const forgivenAfterMs = 14 * 24 * 3_600_000;
/** Of what went on a usual day of the last two weeks. */
const slowShare = 0.5;
/** That may go whatever it was before: or nothing could be measured any more. */
const leastPerDay = 50;
/** One hour may have so many times its share of the day: a missed one can be caught up, as with warmups. */
const hourlyCatchUp = 2;

/** @returns the state that was given when nothing has changed */
export function nextGate(state: GateState, facts: GateFacts, nowMs: number): GateState {
  const worst = judgeGate(facts);
  if (isWorse(worst.gate, state.gate)) return entered(state, worst, { facts, nowMs });
  if (state.gate === "stop") return afterStop(state, facts, nowMs);
  if (nowMs - state.sinceMs < leastMs) return state;
  const lasting = judgeGate(facts, goesBackBelow);
  if (isWorse(state.gate, lasting.gate)) return entered(state, lasting, { facts, nowMs });
  const isForgiven = state.stops > 0 && state.gate === "none" && nowMs - state.sinceMs >= forgivenAfterMs;
  return isForgiven ? { ...state, stops: 0 } : state;
}

/** As a person wants it: whatever was measured until now is not held against it any more. */
export function releasedGate(state: GateState, nowMs: number): GateState {
  return {
    ...openGate,
    stops: state.stops,
    sinceMs: nowMs,
    judgedFromMs: nowMs,
    reason: "A person released it.",
  };
}

interface Judgement {
  gate: ReputationGate;
  reason: string;
}

const noThreshold: Judgement = { gate: "none", reason: "No threshold is reached any more." };

interface Measure {
  did: string;
  /** Of what, in the sentence. */
  of: string;
  count: number;
  base: number;
  fewest: { base: number; count: number };
  limits: { warn: number; review: number; pause: number };
}

/**
 * Bounces are judged at once: of the week, and of a day with much mail, so that a bad list is not hidden by good weeks. What
 * comes later is held against the mail that it may be of. Few say nothing: 10 bounces, 3 complaints, of 100 messages.
 */
function measuresOf(facts: GateFacts): Measure[] {
  const bounces = { did: "bounced", limits: bounceLimits };
  const week = `the last ${healthWindowDays} days'`;
  return [
    {
      ...{ ...bounces, of: `${week} %n sent`, count: facts.bounced, base: facts.accepted + facts.bounced },
      fewest: { base: 100, count: 10 },
    },
    {
      ...{ ...bounces, of: "the last 24 hours' %n sent", count: facts.bouncedToday },
      ...{ base: facts.acceptedToday + facts.bouncedToday, fewest: { base: 1_000, count: 10 } },
    },
    {
      ...{ ...bounces, of: `${week} %n sent`, count: facts.bounced + facts.returned, base: facts.sent },
      ...{ did: "bounced or came back", fewest: { base: 100, count: 10 } },
    },
    {
      ...{ did: "complained", of: `${week} %n sent`, count: facts.complained, base: facts.sent },
      ...{ limits: complaintLimits, fewest: { base: 100, count: 3 } },
    },
  ];
}

/** @param part of each threshold that counts */
function judgeGate(facts: GateFacts, part = 1): Judgement {
  return measuresOf(facts)
    .map((measure) => judgeBy(measure, part))
    .reduce((worst, one) => (isWorse(one.gate, worst.gate) ? one : worst), noThreshold);
}

function judgeBy({ did, of, count, base, fewest, limits }: Measure, part: number): Judgement {
  if (base < fewest.base || count < fewest.count) return noThreshold;
  const share = Math.min(1, count / base);
  const [gate, limit] = (
    [
      ["stop", limits.pause],
      ["slow", limits.review],
      ["warn", limits.warn],
    ] as const
  ).find(([, from]) => share >= from * part) ?? ["none", 0];
  if (gate === "none") return noThreshold;
  const words = of.replace("%n", base.toLocaleString("en-US"));
  return { gate, reason: `${percent(share)} of ${words} ${did} (${gate} from ${percent(limit)}).` };
}

function entered(
  state: GateState,
  { gate, reason }: Judgement,
  { facts, nowMs }: { facts: GateFacts; nowMs: number },
): GateState {
  const { stops, judgedFromMs } = state;
  const next = { ...openGate, gate, reason, sinceMs: nowMs, stops, judgedFromMs };
  switch (gate) {
    case "none":
    case "warn":
      return next;
    case "slow": {
      const slowed = slowedTo(facts);
      return { ...next, slowed, reason: `${reason} ${lets(slowed)}` };
    }
    case "stop": {
      const days = resumeAfterDays(stops + 1);
      const resumeAtMs = days === null ? null : nowMs + days * 24 * 3_600_000;
      const until = resumeAtMs === null ? "a person releases it" : new Date(resumeAtMs).toISOString();
      return { ...next, stops: stops + 1, resumeAtMs, reason: `${reason} Nothing leaves until ${until}.` };
    }
  }
}

/** It goes on slowly, and is judged by what is measured from then on. */
function afterStop(state: GateState, facts: GateFacts, nowMs: number): GateState {
  if (state.resumeAtMs === null || nowMs < state.resumeAtMs) return state;
  const slowed = slowedTo(facts);
  return {
    ...openGate,
    ...{ gate: "slow", sinceMs: nowMs, stops: state.stops, judgedFromMs: nowMs, slowed },
    reason: `The time that it was stopped for is over. ${lets(slowed)}`,
  };
}

function slowedTo({ tried, days }: GateFacts): { perDay: number; perHour: number } {
  const perDay = Math.max(leastPerDay, Math.ceil((tried / Math.max(1, days)) * slowShare));
  return { perDay, perHour: Math.ceil((perDay / 24) * hourlyCatchUp) };
}

function lets({ perDay }: { perDay: number }): string {
  return `${perDay.toLocaleString("en-US")} messages a day may leave.`;
}

function isWorse(one: ReputationGate, other: ReputationGate): boolean {
  return reputationGates.indexOf(one) > reputationGates.indexOf(other);
}
