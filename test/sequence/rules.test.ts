import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDelay,
  fromWallClock,
  isOpen,
  nextOpening,
  toWallClock,
  type BusinessHours,
} from "../../domain/business-hours.js";
import {
  decideStep,
  planStep,
  stepTime,
  type DueStep,
  type SequenceRules,
} from "../../domain/sequence-rules.js";

const zones = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
);
const instants = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) });
const hours: fc.Arbitrary<BusinessHours> = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1_200 }),
    length: fc.integer({ min: 60, max: 240 }),
  })
  .map(({ days, from, length }) => ({ days, from, to: from + length }));
const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString();

describe("business hours", () => {
  it("are where the next opening lies, whatever the zone, and no opening is left out", () => {
    fc.assert(
      fc.property(instants, hours, zones, (instantMs, open, zone) => {
        const opening = nextOpening(instantMs, open, zone);
        expect(opening).toBeGreaterThanOrEqual(instantMs);
        expect(isOpen(opening, open, zone)).toBe(true);
        expect(nextOpening(opening, open, zone)).toBe(opening);
        // Whoever asks on the way is told the same.
        expect(nextOpening(Math.floor((instantMs + opening) / 2), open, zone)).toBe(
          opening === instantMs ? Math.floor((instantMs + opening) / 2) : opening,
        );
      }),
    );
  });

  it("begin at nine on the recipient's clock before and after it changes", () => {
    const office = { days: [1, 2, 3, 4, 5], from: 540, to: 1_020 };
    expect(iso(nextOpening(at("2026-03-27T17:00:00Z"), office, "Europe/Berlin"))).toBe(
      "2026-03-30T07:00:00.000Z",
    );
    expect(iso(nextOpening(at("2026-03-26T22:00:00Z"), office, "Europe/Berlin"))).toBe(
      "2026-03-27T08:00:00.000Z",
    );
  });
});

describe("a delay", () => {
  it("of days keeps the time on the clock; one of hours passes by the stop-watch", () => {
    const friday = at("2026-03-27T08:00:00Z");
    expect(iso(addDelay(friday, { days: 3, minutes: 0 }, "Europe/Berlin"))).toBe("2026-03-30T07:00:00.000Z");
    expect(iso(addDelay(friday, { days: 0, minutes: 3 * 1_440 }, "Europe/Berlin"))).toBe(
      "2026-03-30T08:00:00.000Z",
    );
  });

  it("that ends at a time the clock leaps over ends as much later", () => {
    const ms = addDelay(at("2026-03-28T01:30:00Z"), { days: 1, minutes: 0 }, "Europe/Berlin");
    expect(iso(ms)).toBe("2026-03-29T01:30:00.000Z");
  });

  it("survives the way to the wall clock and back, except in an hour that comes twice", () => {
    fc.assert(
      fc.property(instants, zones, (instantMs, zone) => {
        const wall = toWallClock(instantMs, zone);
        const back = fromWallClock(wall, zone);
        expect(back).toBeLessThanOrEqual(instantMs);
        expect(toWallClock(back, zone)).toBe(wall);
      }),
    );
  });
});

const contact = { field: "attributes.plan", op: "eq", value: "paid" } as const;
const rules: SequenceRules = {
  steps: [
    { templateVersionId: "a", delay: { days: 0, minutes: 0 }, conditions: [] },
    {
      templateVersionId: "b",
      delay: { days: 2, minutes: 0 },
      conditions: [
        { kind: "did", event: "open", step: 1 },
        { kind: "did-not", event: "click", step: 1 },
      ],
    },
  ],
  exits: { replied: true, unsubscribed: true, bounced: true, contact },
  hours: { days: [1, 2, 3, 4, 5], from: 540, to: 1_020 },
  timeZone: "UTC",
  lateAfterMinutes: 120,
  onLate: "skip",
};
const noon = at("2026-03-30T12:00:00Z");

function due(engagements: string[], over: Partial<DueStep> = {}, suppressions: string[] = []): DueStep {
  const facts = { engagements: new Set(engagements), suppressions, matches: new Map() };
  return { step: 2, plannedForMs: noon, nowMs: noon, zone: "UTC", facts, ...over };
}

describe("a due step", () => {
  it("is sent when all its conditions hold, else skipped", () => {
    expect(decideStep(rules, due(["1:open"]))).toEqual({ kind: "send", lateMs: 0 });
    expect(decideStep(rules, due([]))).toEqual({ kind: "skip", reason: "condition", lateMs: 0 });
    expect(decideStep(rules, due(["1:open", "1:click"]))).toMatchObject({ kind: "skip" });
  });

  it("does not come for those whom an exit rule takes out", () => {
    const reasonOf = (step: DueStep) => decideStep(rules, step);
    expect(reasonOf(due(["1:open", "1:reply"]))).toEqual({ kind: "exit", reason: "replied" });
    expect(reasonOf(due(["1:open"], {}, ["complained"]))).toEqual({ kind: "exit", reason: "unsubscribed" });
    expect(reasonOf(due(["1:open", "1:bounce"]))).toEqual({ kind: "exit", reason: "bounced" });
    const facts = { engagements: new Set(["1:open"]), suppressions: [], matches: new Map([[contact, true]]) };
    expect(reasonOf(due([], { facts }))).toEqual({ kind: "exit", reason: "contact" });
  });

  it("that would leave too late is skipped or sent as the sequence says, and says by how much", () => {
    const late = due(["1:open"], { nowMs: noon + 3 * 3_600_000 });
    expect(decideStep(rules, late)).toEqual({ kind: "skip", reason: "late", lateMs: 3 * 3_600_000 });
    expect(decideStep({ ...rules, onLate: "send" }, late)).toEqual({ kind: "send", lateMs: 3 * 3_600_000 });
    expect(stepTime(rules, late)).toBe(late.nowMs);
  });

  it("found at night waits for the morning", () => {
    const night = due(["1:open"], { plannedForMs: noon + 9 * 3_600_000, nowMs: noon + 9 * 3_600_000 });
    expect(decideStep(rules, night)).toEqual({ kind: "wait", untilMs: at("2026-03-31T09:00:00Z") });
  });

  it("is planned in business hours after its delay", () => {
    expect(iso(planStep(rules, 2, at("2026-03-26T10:00:00Z"), "UTC"))).toBe("2026-03-30T09:00:00.000Z");
  });
});
