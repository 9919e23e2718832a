import { describe, expect, it } from "vitest";
import { parseInput } from "../../client/input.js";
import { enrollSchema, sequenceSchema, toNewSequence } from "../../client/sequence-input.js";
import { InvalidInput } from "../../domain/errors.js";

const whole = {
  ...{ tenantId: "acme", name: "Welcome", list: "news", fromEmail: "hello@acme.example" },
  steps: [{ template: "hello" }, { template: "tour", delay: { days: 2, hours: 1 } }],
};

function problems(over: Record<string, unknown>): [field: string, problem: string][] {
  try {
    parseInput(sequenceSchema, { ...whole, ...over });
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems.map(({ field, problem }) => [field, problem]);
    throw error;
  }
  return [];
}

describe("a sequence's input", () => {
  it("is completed by the usual choices", () => {
    const { rules, steps } = toNewSequence(
      parseInput(sequenceSchema, { ...whole, businessHours: { from: "09:00", to: "17:30" } }),
    );
    expect(rules).toEqual({
      exits: { replied: true, unsubscribed: true, bounced: true, contact: null },
      hours: { days: [1, 2, 3, 4, 5], from: 540, to: 1_050 },
      ...{ timeZone: "UTC", lateAfterMinutes: 1_440, onLate: "skip" },
    });
    expect(steps[1]).toEqual({ template: "tour", delay: { days: 2, minutes: 60 }, conditions: [] });
  });

  it.each([
    [{ steps: [] }, "steps", "needs at least one step"],
    [{ segment: "pros" }, "list", "exactly one audience is needed: give either list or segment"],
    [{ steps: [{ template: "a", delay: { days: -1 } }] }, "steps.0.delay.days", "must not be negative"],
    [{ steps: [{ template: "a", wait: 1 }] }, "wait", "is not known; check the spelling"],
    [
      { steps: [{ template: "a", conditions: [{ kind: "did", event: "open", step: 1 }] }] },
      "steps.0.conditions.0.step",
      "must be an earlier step",
    ],
    [
      { businessHours: { from: "17:00", to: "09:00" } },
      "businessHours.to",
      "must be at least a quarter of an hour after from, on the same day",
    ],
    [
      { businessHours: { from: "9am", to: "17:00" } },
      "businessHours.from",
      "must be a time of day such as 09:00",
    ],
    [{ timeZone: "Mars" }, "timeZone", "is not a time zone; give an IANA name such as Europe/Berlin or UTC"],
    [{ onLate: "later" }, "onLate", "must be skip or send"],
  ])("%j is refused at %s", (over, field, problem) => {
    expect(problems(over)).toEqual([[field, problem]]);
  });

  it("to enroll somebody says whom, in one way", () => {
    const ref = { tenantId: "acme", sequenceId: "0198c5d2-0000-7000-8000-000000000000" };
    expect(() => parseInput(enrollSchema, ref)).toThrow("exactly one of list, segment and contactIds");
    expect(() => parseInput(enrollSchema, { ...ref, list: "a", segment: "b" })).toThrow("exactly one of");
  });
});
