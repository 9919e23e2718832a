import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buckets,
  bucketsOfRest,
  bucketsOfVariant,
  mostVariants,
  type AbTestRules,
} from "../../domain/ab-test.js";
import { chooseVariant, rateOf, type VariantFigures } from "../../domain/ab-test-choice.js";

const rules: AbTestRules = {
  metric: "opens",
  sharePercent: 20,
  durationMs: 1,
  minimumDelivered: 100,
  mostUnsubscribesPercent: null,
  onUnclear: "best",
  lateAfterMs: 1,
  onLate: "send",
};

function figures(...opens: number[]): VariantFigures[] {
  return opens.map((count, index) => ({
    variant: index + 1,
    delivered: 1_000,
    opens: count,
    clicks: 0,
    unsubscribes: 0,
  }));
}

describe("the choice", () => {
  it.each([
    ["clearly better", figures(200, 260), { variant: 2, clear: true, reason: "significant" }],
    ["a little better", figures(200, 210), { variant: 2, clear: false, reason: "not-significant" }],
    ["as good as the next", figures(150, 200, 200), { variant: 2, clear: false, reason: "tie" }],
    ["nobody opened", figures(0, 0), { variant: 1, clear: false, reason: "no-reactions" }],
    [
      "too few delivered",
      figures(10, 20).map((one) => ({ ...one, delivered: 99 })),
      { variant: 2, clear: false, reason: "too-few-delivered" },
    ],
    [
      "the other had too few",
      figures(10, 20).map((one, index) => (index === 1 ? { ...one, delivered: 99 } : one)),
      { variant: 1, clear: false, reason: "too-few-delivered" },
    ],
  ])("%s", (_what, standing, choice) => {
    expect(chooseVariant(rules, standing)).toEqual(choice);
  });

  it("never takes a variant that too many unsubscribed from", () => {
    const guarded = { ...rules, mostUnsubscribesPercent: 1 };
    const [first, second] = figures(100, 300);
    const angry = { ...second, unsubscribes: 11 } as VariantFigures;
    expect(chooseVariant(guarded, [first as VariantFigures, angry])).toMatchObject({
      variant: 1,
      clear: true,
      reason: "only-candidate",
    });
    expect(chooseVariant(guarded, [{ ...angry, variant: 1 }, angry])).toEqual({
      variant: null,
      clear: false,
      reason: "too-many-unsubscribes",
    });
  });

  it("agrees with the two-proportion z-test on a textbook's figures", () => {
    // 15 % against 12 % of 1,000 each: z = 1.96 lies between 149 and 151 hits.
    expect(chooseVariant(rules, figures(120, 149)).clear).toBe(false);
    expect(chooseVariant(rules, figures(120, 152)).clear).toBe(true);
  });

  const some = fc.record({
    delivered: fc.nat(5_000),
    opens: fc.nat(5_000),
    clicks: fc.nat(5_000),
    unsubscribes: fc.nat(50),
  });
  const several = fc
    .array(some, { minLength: 2, maxLength: mostVariants })
    .map((list) => list.map((one, index) => ({ ...one, variant: index + 1 })));
  const metric = fc.constantFrom("opens", "clicks", "click-to-open");

  it("is one of the variants, whatever the figures; a clear one has the highest rate of those that count", () => {
    fc.assert(
      fc.property(several, metric, (list, wanted) => {
        const asked = { ...rules, metric: wanted };
        const { variant, clear } = chooseVariant(asked, list);
        const chosen = list.find((one) => one.variant === variant);
        expect(chosen).toBeDefined();
        if (!chosen || !clear) return;
        const counted = list.filter(({ delivered }) => delivered >= asked.minimumDelivered);
        const rates = counted.map((one) => rateOf(asked.metric, one).rate);
        expect(rateOf(asked.metric, chosen).rate).toBe(Math.max(...rates));
      }),
    );
  });

  it("shows rates within their intervals, and those within 0 and 1", () => {
    fc.assert(
      fc.property(some, metric, (one, wanted) => {
        const { rate, low, high } = rateOf(wanted, { ...one, variant: 1 });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(rate).toBeGreaterThanOrEqual(low - 1e-9);
        expect(rate).toBeLessThanOrEqual(high + 1e-9);
      }),
    );
  });
});

it("the parts of the audience cover it once, whatever the share and the number of variants", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 2, max: mostVariants }),
      (share, variants) => {
        const parts = Array.from({ length: variants }, (_, index) =>
          bucketsOfVariant(share, variants, index + 1),
        );
        const all = [...parts, bucketsOfRest(share)];
        expect(all[0]?.from).toBe(0);
        all.slice(1).forEach((part, index) => expect(part.from).toBe(all[index]?.to));
        expect(all.at(-1)?.to).toBe(buckets);
        const sizes = parts.map(({ from, to }) => to - from);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
