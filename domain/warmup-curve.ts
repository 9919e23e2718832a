/** How a warmup's volume rises: a curve of daily figures, and what a day and an hour of it allow. */

export interface WarmupPlan {
  /** The preset that it was made of, or `custom`. */
  preset: string;
  /** Messages of the first days, one after the other. */
  firstDays: number[];
  /** Behind them each day allows the day before times this (1: none of it) … */
  growth: number;
  /** … and so many more, up to the target. */
  step: number;
  /** Messages a day at which the subject is warm. */
  target: number;
  /** Hours over which a day's allowance is spread. */
  hours: number;
  /** What one hour may take, in even shares: 2 lets it catch up one that was missed, 1 none. */
  catchUp: number;
  /** True: the curve holds for all mail together; false: only for each of `mailboxProviders`. */
  total: boolean;
  /** Mailbox providers with an allowance of their own, as a share of the curve: above 0, at most 1. */
  mailboxProviders: Record<string, number>;
  /** Few opens and clicks slow it down. Off where they are not tracked: nothing would look like nobody. */
  engagement: boolean;
}

export interface Allowance {
  perDay: number;
  perHour: number;
}

/** What is allowed on one day; `total` null: only each mailbox provider's is. */
export interface DayAllowance {
  total: Allowance | null;
  mailboxProviders: Record<string, Allowance>;
}

/** Gmail names an immediate doubling as what gets a sender limited: https://support.google.com/mail/answer/81126 */
export const steepestGrowth = 2;
/** Beyond it a curve is a mistake; `checkWarmupPlan` says so. */
export const longestCurveDays = 365;

/** Messages a day, from the first day to the one that reaches the target; none is more than double the one before. */
export function curveOf({ firstDays, growth, step, target }: WarmupPlan): number[] {
  const curve = firstDays.map((figure) => Math.min(figure, target));
  // Not rounded on the way, so that small volumes grow as they should.
  for (let last = curve.at(-1) ?? target; last < target && curve.length < longestCurveDays;) {
    const next = Math.min(target, last * growth + step, last * steepestGrowth);
    if (next <= last) break;
    curve.push(Math.floor(next));
    last = next;
  }
  const end = curve.indexOf(target);
  return end === -1 ? curve : curve.slice(0, end + 1);
}

/** The last position of its curve. */
export function endOf(plan: WarmupPlan): number {
  return Math.max(0, curveOf(plan).length - 1);
}

/** @param position days along the curve, from 0; 3.5 lies halfway between the fourth and the fifth day. */
export function figureAt(plan: WarmupPlan, position: number): number {
  const curve = curveOf(plan);
  const at = Math.min(Math.max(0, position), curve.length - 1);
  const low = curve[Math.floor(at)] ?? plan.target;
  const high = curve[Math.ceil(at)] ?? low;
  return Math.max(1, Math.floor(low + (high - low) * (at - Math.floor(at))));
}

/** The furthest day of the curve that allows no more than this; the first one when all allow more. */
export function positionOf(plan: WarmupPlan, perDay: number): number {
  return Math.max(0, curveOf(plan).filter((figure) => figure <= perDay).length - 1);
}

export function allowanceAt(plan: WarmupPlan, position: number): DayAllowance {
  const figure = figureAt(plan, position);
  return {
    total: plan.total ? spread(figure, plan) : null,
    mailboxProviders: Object.fromEntries(
      Object.entries(plan.mailboxProviders).map(([provider, share]) => [
        provider,
        spread(Math.max(1, Math.floor(figure * share)), plan),
      ]),
    ),
  };
}

/** Of what is planned: all mail together, or the sum of the mailbox providers. */
export function plannedBy({ total, mailboxProviders }: DayAllowance): number {
  if (total !== null) return total.perDay;
  return Object.values(mailboxProviders).reduce((sum, { perDay }) => sum + perDay, 0);
}

function spread(perDay: number, { hours, catchUp }: WarmupPlan): Allowance {
  return { perDay, perHour: Math.min(perDay, Math.ceil((perDay / hours) * catchUp)) };
}
