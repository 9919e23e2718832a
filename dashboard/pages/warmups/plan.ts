import type { WarmupKind } from "../../../domain/warmup-allowance.js";
import { curveOf, type WarmupPlan } from "../../../domain/warmup-curve.js";
import { checkWarmupPlan } from "../../../domain/warmup-plan-check.js";
import { findWarmupPreset, planOf } from "../../../domain/warmup-presets.js";
import type { ChartPoint } from "../../parts/chart.js";
import type { WarmupRow } from "./queries.js";

/** A curve of one's own, in the choice of presets. */
export const ownCurve = "custom";

/** What is asked of a curve, with the names of the body. */
export interface PlanValues {
  preset: string;
  /** `20, 30, 45`. */
  first_days: string;
  growth: number | string;
  step: number | string;
  /** Empty: the preset's. */
  target: number | string;
}

export const blankPlan: PlanValues = {
  ...{ preset: "conservative", first_days: "50, 75, 100", growth: 1.2, step: 0, target: "" },
};

/** As rules read it. */
export function planOfAnswer(plan: WarmupRow["plan"]): WarmupPlan {
  const { first_days: firstDays, catch_up: catchUp, mailbox_providers: mailboxProviders, ...same } = plan;
  return { ...same, firstDays, catchUp, mailboxProviders };
}

/** As the API takes it. */
export function bodyOfPlan({ preset, first_days: text, growth, step, target }: PlanValues) {
  const wanted = target === "" ? {} : { target: Number(target) };
  if (preset !== ownCurve)
    return { preset: preset as "conservative", ...(target !== "" && { plan: wanted }) };
  return { plan: { first_days: firstDaysOf(text), growth: Number(growth), step: Number(step), ...wanted } };
}

/** The plan as it would be followed, and what is wrong with it. */
export function draftPlan(values: PlanValues): { plan: WarmupPlan | null; problems: Record<string, string> } {
  const plan = planOfValues(values);
  if (plan === null) return { plan, problems: {} };
  const found = checkWarmupPlan(plan).map(({ field, problem }) => [names[field] ?? field, problem] as const);
  return { plan: found.length === 0 ? plan : null, problems: Object.fromEntries(found) };
}

const names: Record<string, string> = { firstDays: "first_days" };

function planOfValues({ preset, first_days: text, growth, step, target }: PlanValues): WarmupPlan | null {
  if (preset !== ownCurve) {
    const known = findWarmupPreset(preset);
    return known ? planOf(known, target === "" ? {} : { target: Number(target) }) : null;
  }
  const firstDays = firstDaysOf(text);
  return {
    ...{ preset, firstDays, growth: Number(growth), step: Number(step) },
    target: target === "" ? Math.max(...firstDays, 1) : Number(target),
    ...{ hours: 24, catchUp: 2, total: true, mailboxProviders: {}, engagement: false },
  };
}

function firstDaysOf(text: string): number[] {
  return text
    .split(/[\s,;]+/)
    .filter((part) => part !== "")
    .map(Number);
}

/** Its days from one on, for a chart. */
export function curvePoints(plan: WarmupPlan, firstDay: string): ChartPoint[] {
  return curveOf(plan).map((planned, nth) => ({
    at: new Date(Date.parse(firstDay) + nth * 86_400_000).toISOString(),
    values: { planned },
  }));
}

export function isFor(preset: string, kind: WarmupKind): boolean {
  return preset === ownCurve || (findWarmupPreset(preset)?.kinds.includes(kind) ?? false);
}

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

export function formatDay(at: Date): string {
  return days.format(at);
}
