import { addDays } from "./warmup-clock.js";
import { allowanceAt, endOf, plannedBy, type WarmupPlan } from "./warmup-curve.js";

export interface ForecastDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** Messages that it allows. */
  planned: number;
}

/** The days to come, from `day` on, if each is used and goes well; the last one is the first at the target. */
export function forecast(
  plan: WarmupPlan,
  position: number,
  { day, days }: { day: string; days: number },
): ForecastDay[] {
  const left = Math.ceil(endOf(plan) - position) + 1;
  return Array.from({ length: Math.max(0, Math.min(days, left)) }, (_, nth) => ({
    day: addDays(day, nth),
    planned: plannedBy(allowanceAt(plan, position + nth)),
  }));
}
