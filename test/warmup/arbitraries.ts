import fc from "fast-check";
import type { WarmupPlan } from "../../domain/warmup-curve.js";
import { checkWarmupPlan } from "../../domain/warmup-plan-check.js";
import { findWarmupPreset, planOf } from "../../domain/warmup-presets.js";

export function planNamed(name: string, over: Partial<WarmupPlan> = {}): WarmupPlan {
  const preset = findWarmupPreset(name);
  if (!preset) throw new Error(`There is no preset ${name}.`);
  return planOf(preset, over);
}

/** Plans that pass the check. */
export const planArbitrary: fc.Arbitrary<WarmupPlan> = fc
  .record({
    preset: fc.constant("custom"),
    firstDays: fc
      .tuple(
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { maxLength: 8 }),
      )
      .map(([first, growths]) =>
        growths.reduce((days, growth) => [...days, Math.floor((days.at(-1) ?? 1) * growth)], [first]),
      ),
    growth: fc.double({ min: 1, max: 2, noNaN: true }),
    step: fc.nat(5),
    target: fc.integer({ min: 1, max: 200_000 }),
    hours: fc.integer({ min: 1, max: 24 }),
    catchUp: fc.double({ min: 1, max: 4, noNaN: true }),
    total: fc.boolean(),
    mailboxProviders: fc.constantFrom<Record<string, number>>({}, { gmail: 0.5 }, { gmail: 1, outlook: 0.1 }),
    engagement: fc.boolean(),
  })
  .filter((plan) => checkWarmupPlan(plan).length === 0);

export const stateArbitrary = fc.record({
  position: fc.nat(160).map((quarters) => quarters / 4),
  idleDays: fc.nat(10),
  pausedDays: fc.nat(3),
});

export const pastDayArbitrary = fc
  .record({
    planned: fc.integer({ min: 1, max: 10_000 }),
    share: fc.constantFrom(0, 0.04, 0.5, 0.8, 1),
    paused: fc.boolean(),
    partial: fc.boolean(),
  })
  .map(({ planned, share, paused, partial }) => ({
    planned,
    used: Math.floor(planned * share),
    paused,
    partial,
  }));

export const factsArbitrary = fc.record({
  accepted: fc.nat(20_000),
  deferred: fc.nat(2_000),
  bounced: fc.nat(500),
  complained: fc.nat(20),
  opened: fc.nat(4_000),
  clicked: fc.nat(1_000),
});
