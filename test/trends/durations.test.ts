import fc from "fast-check";
import { expect, test } from "vitest";
import { classOfDuration, durationBoundsMs, noDurations, quantileOf } from "../../domain/durations.js";

test("of no durations there is no quantile", () => {
  expect(quantileOf(noDurations(), 0.95)).toBeNull();
});

test("a quantile lies in the class of the duration that it stands for", () => {
  const times = fc.array(fc.double({ min: 0.001, max: 299_999, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(times, (durations) => {
      const counts = noDurations();
      for (const ms of durations) counts[classOfDuration(ms)]! += 1;
      const exact = durations.toSorted((a, b) => a - b)[Math.ceil(durations.length * 0.95) - 1]!;
      const at = classOfDuration(exact);
      const told = quantileOf(counts, 0.95)!;
      expect(told).toBeGreaterThanOrEqual(durationBoundsMs[at - 1] ?? 0);
      expect(told).toBeLessThanOrEqual(durationBoundsMs[at]! * (1 + 1e-9));
    }),
  );
});
