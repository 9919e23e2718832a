import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeLook, type WatchState } from "../../domain/alert-watch.js";
import { partRule, type AlertChange, type AlertRule } from "../../domain/alerts.js";

const stepMs = 30_000;
const rule: AlertRule = {
  ...partRule,
  kind: "queue-depth",
  fireAbove: 100,
  clearAtMost: 50,
  forMs: 90_000,
  clearForMs: 60_000,
};

/** One value a look; null: nothing could be read. @returns what changed at which look */
function run(
  values: readonly (number | null)[],
  over: Partial<AlertRule> = {},
): { at: number; change: AlertChange }[] {
  let state: WatchState = {};
  let ids = 0;
  return values.flatMap((value, at) => {
    const readings = value === null ? [] : [{ rule: { ...rule, ...over }, subject: "io", value }];
    const look = { readings, gone: [], open: [] };
    const taken = takeLook(state, look, { nowMs: at * stepMs, newId: () => `alert-${(ids += 1)}` });
    state = taken.state;
    return taken.changes.map((change) => ({ at, change }));
  });
}

const told = (values: readonly (number | null)[], over?: Partial<AlertRule>) =>
  run(values, over).map(({ at, change }) => `${change.what} at ${at}`);

describe("an alert", () => {
  it("fires once its value has been above the threshold for the whole time, and clears likewise", () => {
    expect(told([0, 200, 200, 200, 200, 40, 40, 40])).toEqual(["raised at 4", "cleared at 7"]);
    expect(told([200, 40], { forMs: 0, clearForMs: 0 })).toEqual(["raised at 0", "cleared at 1"]);
  });

  it("does not fire for a value that comes down in between, however often", () => {
    expect(told([200, 200, 200, 90, 200, 200, 200, 100, 200])).toEqual([]);
  });

  it("stays open between its thresholds", () => {
    expect(told([200, 200, 200, 200, 60, 70, 99, 60, 60])).toEqual(["raised at 3"]);
    expect(told([200, 200, 200, 200, 40, 40, 60, 40, 40, 40])).toEqual(["raised at 3", "cleared at 9"]);
  });

  it("neither fires nor clears by time in which nothing could be read", () => {
    expect(told([200, null, null, null, null, 200, 200, 200, 200])).toEqual(["raised at 8"]);
    expect(told([200, 200, 200, 200, 40, null, null, null, 40, 40, 40])).toEqual([
      "raised at 3",
      "cleared at 10",
    ]);
  });

  it("clears when its rule is gone, and says so", () => {
    const open = { rule, subject: "io", value: 200, alertId: "a", heldMs: 0, seenAtMs: null };
    const key = `${rule.ruleId}  io`;
    const { state, changes } = takeLook(
      { [key]: open },
      { readings: [], gone: [key], open: [] },
      { nowMs: 1, newId: () => "b" },
    );
    expect(state).toEqual({});
    expect(changes).toMatchObject([{ what: "cleared", alertId: "a", reason: "rule-gone" }]);
  });

  it("is taken over from whoever raised it and has lost its memory", () => {
    const open = [{ rule, subject: "io", value: 200, alertId: "a", heldMs: 0, seenAtMs: null }];
    const readings = [{ rule, subject: "io", value: 200 }];
    const { state, changes } = takeLook({}, { readings, gone: [], open }, { nowMs: 1, newId: () => "b" });
    expect(changes).toEqual([]);
    expect(Object.values(state)).toMatchObject([{ alertId: "a", value: 200 }]);
  });
});

describe("whatever is measured,", () => {
  const series = fc.array(fc.option(fc.integer({ min: 0, max: 200 }), { nil: null }), { maxLength: 60 });

  it("an alert is raised and cleared in turn, never sooner after one another than the rule says", () => {
    fc.assert(
      fc.property(series, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (values, forSteps, clearForSteps) => {
        const changes = run(values, { forMs: forSteps * stepMs, clearForMs: clearForSteps * stepMs });
        for (const [index, { at, change }] of changes.entries()) {
          const before = changes[index - 1];
          expect(change.what).toBe(index % 2 === 0 ? "raised" : "cleared");
          expect(change.alertId).toBe(`alert-${Math.floor(index / 2) + 1}`);
          const steps = change.what === "raised" ? forSteps : clearForSteps;
          expect(at - (before?.at ?? -1)).toBeGreaterThan(steps);
          // For all of that time it was seen nowhere else.
          const window = values.slice(at - steps, at + 1);
          for (const value of window)
            if (change.what === "raised") expect(value ?? Infinity).toBeGreaterThan(rule.fireAbove);
        }
      }),
    );
  });
});
