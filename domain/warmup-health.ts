/** What the receiving side thinks of a subject, judged by what was measured over some days. */
import {
  bounceLimits,
  complaintLimits,
  deferralLimits,
  healthWindowDays,
  percent,
  type ReceiverFacts,
} from "./receiver-rates.js";

/** From good to bad: goes on, goes on slowly, stays where it is, goes back, pauses. */
export const healthLevels = ["healthy", "warn", "hold", "step-back", "stop"] as const;
export type HealthLevel = (typeof healthLevels)[number];

export interface Health {
  level: HealthLevel;
  /** A sentence with the figure that decided; of the worst one. */
  reason: string;
}

interface Gate {
  name: string;
  /** Of what, in the sentence. */
  of: string;
  count(facts: ReceiverFacts): number;
  base(facts: ReceiverFacts): number;
  /** Shares at which each level begins; absent: never so bad. */
  from: Partial<Record<HealthLevel, number>>;
  /** A share of fewer than so many says nothing … */
  minimumBase: number;
  /** … unless so many were counted already. */
  minimumCount: number;
}

/**
 * The limits are those of mailbox providers and ESPs (`domain/receiver-rates`), the levels between are ours.
 * What a share is of: 5 of 100, and 3 of 1,000, are the fewest that such shares can be told by.
 */
const gates: readonly Gate[] = [
  {
    ...{ name: "bounced", of: "sent", minimumBase: 100, minimumCount: 10 },
    count: ({ bounced }) => bounced,
    base: ({ accepted, bounced }) => accepted + bounced,
    from: {
      warn: bounceLimits.warn,
      hold: bounceLimits.review,
      "step-back": 0.075,
      stop: bounceLimits.pause,
    },
  },
  {
    ...{ name: "complained", of: "accepted", minimumBase: 1_000, minimumCount: 3 },
    count: ({ complained }) => complained,
    base: ({ accepted }) => accepted,
    from: {
      warn: complaintLimits.warn,
      hold: complaintLimits.review,
      "step-back": 0.002,
      stop: complaintLimits.pause,
    },
  },
  {
    ...{ name: "deferred", of: "tried", minimumBase: 100, minimumCount: 50 },
    count: ({ deferred }) => deferred,
    base: ({ accepted, deferred }) => accepted + deferred,
    from: { warn: deferralLimits.warn, hold: deferralLimits.review, "step-back": deferralLimits.most },
  },
  // Where letters of the pool lay when they were first seen. No provider has published a limit: these are ours.
  {
    ...{ name: "lay in junk", of: "letters", minimumBase: 20, minimumCount: 10 },
    count: ({ junk = 0 }) => junk,
    base: ({ found = 0 }) => found,
    from: { warn: 0.1, hold: 0.2, "step-back": 0.35, stop: 0.5 },
  },
];

export function judge(facts: ReceiverFacts): Health {
  return gates
    .map((gate) => judgeBy(gate, facts))
    .reduce((worst, health) => (isWorse(health, worst) ? health : worst), {
      level: "healthy",
      reason: "nothing speaks against it",
    });
}

function judgeBy(gate: Gate, facts: ReceiverFacts): Health {
  const [count, base] = [gate.count(facts), gate.base(facts)];
  const enough = base >= gate.minimumBase || count >= gate.minimumCount;
  const share = count / Math.max(1, base);
  const level = enough
    ? healthLevels.findLast((known) => share >= (gate.from[known] ?? Infinity))
    : undefined;
  if (level === undefined) return { level: "healthy", reason: "" };
  const limit = gate.from[level] ?? 0;
  return {
    level,
    reason: `${percent(share)} of the last ${healthWindowDays} days' ${base} ${gate.of} ${gate.name} (${level} from ${percent(limit)})`,
  };
}

function isWorse(one: Health, other: Health): boolean {
  return healthLevels.indexOf(one.level) > healthLevels.indexOf(other.level);
}

const fewestForEngagement = 200;

/**
 * The pace that recipients' reactions allow, 0.5 to 1. BillionMail scales its curve by a score of them; these steps are ours.
 * Of few recipients nothing can be said.
 */
export function engagementPace({ accepted, opened, clicked }: ReceiverFacts): number {
  if (accepted < fewestForEngagement) return 1;
  // A click without an open happens where pictures are not loaded.
  const share = Math.max(opened, clicked) / accepted;
  if (share >= 0.1) return 1;
  return share >= 0.05 ? 0.75 : 0.5;
}

/** Days until a warmup that health has paused goes on by itself; after the last a person decides. Ours: each longer than before. */
const backOffDays = [1, 3, 7] as const;

/** @param pauses how often health has paused it, this time included. @returns null: not by itself */
export function resumeAfterDays(pauses: number): number | null {
  return backOffDays[pauses - 1] ?? null;
}
