import type { AbTestMetric, AbTestRules } from "./ab-test.js";

/** What became of one variant so far; opens, clicks and unsubscribes are people, not events. */
export interface VariantFigures {
  /** Counts from 1. */
  variant: number;
  delivered: number;
  opens: number;
  clicks: number;
  unsubscribes: number;
}

export interface Rate {
  hits: number;
  of: number;
  /** 0 to 1; 0 when nothing could be counted. */
  rate: number;
  /** 95 % confidence interval of it. */
  low: number;
  high: number;
}

/** Why a variant was chosen, or why none is clear. */
export type ChoiceReason =
  | "significant"
  | "only-candidate"
  | "not-significant"
  | "tie"
  | "no-reactions"
  | "too-few-delivered"
  | "too-many-unsubscribes"
  | "late"
  | "picked";

export interface Choice {
  /** The best so far; null when every variant is out. */
  variant: number | null;
  /** True: better than the next with 95 % confidence, or the only one that can win. */
  clear: boolean;
  reason: ChoiceReason;
}

/** Two-sided 95 % of the normal distribution. */
const z95 = 1.96;

export function rateOf(metric: AbTestMetric, figures: VariantFigures): Rate {
  const hits = metric === "opens" ? figures.opens : figures.clicks;
  const of = metric === "click-to-open" ? figures.opens : figures.delivered;
  return { hits, of, ...wilsonInterval(hits, of) };
}

/** The best variant by the rules. Of equals the first. */
export function chooseVariant(rules: AbTestRules, figures: readonly VariantFigures[]): Choice {
  const tolerated = figures.filter((variant) => !isRefused(rules, variant));
  if (tolerated.length === 0) return { variant: null, clear: false, reason: "too-many-unsubscribes" };
  const counted = tolerated.filter(({ delivered }) => delivered >= rules.minimumDelivered);
  if (counted.length < tolerated.length) {
    const leader = best(rules, counted.length > 0 ? counted : tolerated);
    return { variant: leader.variant, clear: false, reason: "too-few-delivered" };
  }
  const winner = best(rules, counted);
  const { variant } = winner;
  const others = counted.filter((other) => other !== winner);
  if (others.length === 0) return { variant, clear: true, reason: "only-candidate" };
  const first = rateOf(rules.metric, winner);
  const second = rateOf(rules.metric, best(rules, others));
  if (first.hits === 0) return { variant, clear: false, reason: "no-reactions" };
  if (first.rate === second.rate) return { variant, clear: false, reason: "tie" };
  const clear = zScore(first, second) >= z95;
  return { variant, clear, reason: clear ? "significant" : "not-significant" };
}

function isRefused(
  { mostUnsubscribesPercent }: AbTestRules,
  { unsubscribes, delivered }: VariantFigures,
): boolean {
  return mostUnsubscribesPercent !== null && unsubscribes * 100 > mostUnsubscribesPercent * delivered;
}

function best({ metric }: AbTestRules, figures: readonly VariantFigures[]): VariantFigures {
  return figures.reduce((leader, next) =>
    rateOf(metric, next).rate > rateOf(metric, leader).rate ? next : leader,
  );
}

/** Two-proportion z-test with pooled variance: https://en.wikipedia.org/wiki/Two-proportion_Z-test */
function zScore(first: Rate, second: Rate): number {
  const pooled = (first.hits + second.hits) / (first.of + second.of);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / first.of + 1 / second.of));
  return deviation > 0 ? (first.rate - second.rate) / deviation : 0;
}

/** Wilson's score interval, which stays within 0 and 1 for small counts too. */
function wilsonInterval(hits: number, of: number): Pick<Rate, "rate" | "low" | "high"> {
  if (of === 0) return { rate: 0, low: 0, high: 1 };
  // An opened message may be clicked without the opening having been seen.
  const rate = Math.min(1, hits / of);
  const z2 = z95 * z95;
  const middle = rate + z2 / (2 * of);
  const spread = z95 * Math.sqrt((rate * (1 - rate)) / of + z2 / (4 * of * of));
  const scale = 1 + z2 / of;
  return { rate, low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}
