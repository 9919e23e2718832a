/** What the receiving side thinks of a subject, judged by what was measured over some days. */

/** Counts of some days. */
export interface WarmupFacts {
  accepted: number;
  /** Attempts that were put off. */
  deferred: number;
  bounced: number;
  complained: number;
  opened: number;
  clicked: number;
}

export const noFacts: WarmupFacts = {
  ...{ accepted: 0, deferred: 0, bounced: 0 },
  ...{ complained: 0, opened: 0, clicked: 0 },
};

export function sumFacts(sum: WarmupFacts, day: WarmupFacts): WarmupFacts {
  return {
    accepted: sum.accepted + day.accepted,
    deferred: sum.deferred + day.deferred,
    bounced: sum.bounced + day.bounced,
    complained: sum.complained + day.complained,
    opened: sum.opened + day.opened,
    clicked: sum.clicked + day.clicked,
  };
}

/** From good to bad: goes on, goes on slowly, stays where it is, goes back, pauses. */
export const healthLevels = ["healthy", "warn", "hold", "step-back", "stop"] as const;
export type HealthLevel = (typeof healthLevels)[number];

export interface Health {
  level: HealthLevel;
  /** A sentence with the figure that decided; of the worst one. */
  reason: string;
}

/** Days whose facts are judged together: mailbox providers look at weeks rather than hours, and single days are small. */
export const healthWindowDays = 7;

interface Gate {
  name: string;
  /** Of what, in the sentence. */
  of: string;
  count(facts: WarmupFacts): number;
  base(facts: WarmupFacts): number;
  /** Shares at which each level begins; absent: never so bad. */
  from: Partial<Record<HealthLevel, number>>;
  /** A share of fewer than so many says nothing … */
  minimumBase: number;
  /** … unless so many were counted already. */
  minimumCount: number;
}

/**
 * Bounces: Amazon SES reviews a sender at 5 % and pauses it at 10 %. Complaints: Gmail asks to stay below 0.10 % and never to reach
 * 0.30 %; SES reviews at 0.1 %. The levels between are ours.
 * https://www.repost.aws/knowledge-center/ses-resolve-account-review-pause, https://support.google.com/mail/answer/81126
 * Deferrals: Gmail asks to send less when messages are deferred, until fewer are; which share that is, is ours.
 * What a share is of: 5 of 100, and 3 of 1,000, are the fewest that such shares can be told by.
 */
const gates: readonly Gate[] = [
  {
    ...{ name: "bounced", of: "sent", minimumBase: 100, minimumCount: 10 },
    count: ({ bounced }) => bounced,
    base: ({ accepted, bounced }) => accepted + bounced,
    from: { warn: 0.025, hold: 0.05, "step-back": 0.075, stop: 0.1 },
  },
  {
    ...{ name: "complained", of: "accepted", minimumBase: 1_000, minimumCount: 3 },
    count: ({ complained }) => complained,
    base: ({ accepted }) => accepted,
    from: { warn: 0.0005, hold: 0.001, "step-back": 0.002, stop: 0.003 },
  },
  {
    ...{ name: "deferred", of: "tried", minimumBase: 100, minimumCount: 50 },
    count: ({ deferred }) => deferred,
    base: ({ accepted, deferred }) => accepted + deferred,
    from: { warn: 0.15, hold: 0.3, "step-back": 0.6 },
  },
];

export function judge(facts: WarmupFacts): Health {
  return gates
    .map((gate) => judgeBy(gate, facts))
    .reduce((worst, health) => (isWorse(health, worst) ? health : worst), {
      level: "healthy",
      reason: "nothing speaks against it",
    });
}

function judgeBy(gate: Gate, facts: WarmupFacts): Health {
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
export function engagementPace({ accepted, opened, clicked }: WarmupFacts): number {
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

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`;
}
