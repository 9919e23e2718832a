import type { FieldProblem } from "./errors.js";
import { curveOf, longestCurveDays, steepestGrowth, type WarmupPlan } from "./warmup-curve.js";

/** Twilio's table ends at 19.6 million an hour; nothing that one subject sends a day is above it. */
export const highestTarget = 500_000_000;
const mostFirstDays = 90;

/** @returns what is wrong with a plan, field by field: which, why, and what to do; nothing when it can be followed. */
export function checkWarmupPlan(plan: WarmupPlan): FieldProblem[] {
  const problems = [...checkFirstDays(plan), ...checkRise(plan), ...checkHours(plan), ...checkShares(plan)];
  if (problems.length > 0) return problems;
  const curve = curveOf(plan);
  if (curve.at(-1) !== plan.target) {
    const problem = `is not reached within ${longestCurveDays} days; lower it, or let the curve grow faster`;
    problems.push({ field: "target", problem });
  }
  return problems;
}

function* checkFirstDays({ firstDays, target }: WarmupPlan): Generator<FieldProblem> {
  const field = "firstDays";
  if (firstDays.length === 0) yield { field, problem: "is empty; give the messages of the first day" };
  if (firstDays.length > mostFirstDays) yield { field, problem: `has more than ${mostFirstDays} days` };
  if (!firstDays.every(isCount)) yield { field, problem: "must be whole numbers above zero" };
  for (const [at, figure] of firstDays.entries()) {
    const before = firstDays[at - 1] ?? figure;
    if (figure < before) {
      yield { field, problem: `falls on day ${at + 1} (${figure} after ${before}); a curve only rises` };
    } else if (figure > before * steepestGrowth) {
      const problem = `more than doubles on day ${at + 1} (${figure} after ${before}), which gets a sender limited; put a day between`;
      yield { field, problem };
    }
  }
  if ((firstDays.at(-1) ?? 0) > target)
    yield { field, problem: `goes beyond the target of ${target}; end the days at the target, or raise it` };
}

function* checkRise({ growth, step, target, firstDays }: WarmupPlan): Generator<FieldProblem> {
  if (!isCount(target) || target > highestTarget)
    yield { field: "target", problem: `must be a whole number from 1 to ${highestTarget}` };
  if (!(growth >= 1 && growth <= steepestGrowth))
    yield {
      field: "growth",
      problem: `must be 1 to ${steepestGrowth}: faster than doubling gets a sender limited`,
    };
  if (!(Number.isInteger(step) && step >= 0 && step <= highestTarget))
    yield { field: "step", problem: "must be a whole number, zero or more" };
  const last = firstDays.at(-1) ?? 0;
  if (step > last)
    yield {
      field: "step",
      problem: `would more than double the last of the first days (${last}); make it ${last} at most`,
    };
  if (growth === 1 && step === 0 && last < target)
    yield {
      field: "growth",
      problem: `is 1 and step 0, so that it stays at ${last}; give one of them, or more first days`,
    };
}

function* checkHours({ hours, catchUp }: WarmupPlan): Generator<FieldProblem> {
  if (!(Number.isInteger(hours) && hours >= 1 && hours <= 24))
    yield { field: "hours", problem: "must be a whole number from 1 to 24" };
  if (!(catchUp >= 1 && catchUp <= 24)) yield { field: "catchUp", problem: "must be 1 to 24" };
}

function* checkShares({ total, mailboxProviders }: WarmupPlan): Generator<FieldProblem> {
  const field = "mailboxProviders";
  const shares = Object.entries(mailboxProviders);
  if (shares.length > 50) yield { field, problem: "has more than 50" };
  for (const [provider, share] of shares) {
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(provider))
      yield {
        field,
        problem: `has ${provider}, which is no mailbox provider; they are like gmail or outlook`,
      };
    if (!(share > 0 && share <= 1))
      yield { field: `${field}.${provider}`, problem: "must be a share above 0 and at most 1" };
  }
  if (!total && shares.length === 0)
    yield { field: "total", problem: "is false, and no mailbox provider has a share: nothing would be held" };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
