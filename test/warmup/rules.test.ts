import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { addDays, alarmAfter, dayOf, daysBetween } from "../../domain/warmup-clock.js";
import { allowanceAt, curveOf, endOf, figureAt, plannedBy, positionOf } from "../../domain/warmup-curve.js";
import { coldAfterDays, decideDay, idleGraceDays, pauseGraceDays } from "../../domain/warmup-day.js";
import { noFacts } from "../../domain/receiver-rates.js";
import { engagementPace, judge, resumeAfterDays } from "../../domain/warmup-health.js";
import { checkWarmupPlan } from "../../domain/warmup-plan-check.js";
import { findWarmupPreset, planOf, warmupPresets } from "../../domain/warmup-presets.js";
import { factsArbitrary, pastDayArbitrary, planArbitrary, planNamed, stateArbitrary } from "./arbitraries.js";

const fresh = { position: 0, idleDays: 0, pausedDays: 0 };
const well = { ...noFacts, accepted: 5_000 };
/** A day whose whole allowance was used. */
const used = (planned: number) => ({ planned, used: planned, paused: false, partial: false });
const idle = { planned: 100, used: 0, paused: false, partial: false };

describe("presets", () => {
  it.each(warmupPresets.map((preset) => [preset.preset, preset] as const))(
    "%s can be followed to its target and names its source",
    (_, preset) => {
      expect(checkWarmupPlan(planOf(preset))).toEqual([]);
      expect(curveOf(preset).at(-1)).toBe(preset.target);
      expect(preset.source).toMatch(/https:\/\//);
    },
  );

  it("have the figures that their sources publish", () => {
    const day = (name: string, nth: number) => curveOf(planNamed(name))[nth - 1];
    expect([day("mailtrap", 1), day("mailtrap", 21)]).toEqual([300, 57_000]);
    expect(curveOf(planNamed("ses"))).toHaveLength(45);
    expect(day("ses", 45)).toBe(50_000);
    expect(curveOf(planNamed("mailbox"))).toEqual([
      5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ]);
    expect(day("billionmail", 8)).toBe(13_000);
    // Twilio's days count from 0; day 20 is 16,734 an hour there, rounded day by day.
    const hours = curveOf(planNamed("sendgrid", { target: 100_000_000 })).map((figure) => figure / 24);
    expect(hours.slice(0, 3)).toEqual([20, 28, 39]);
    expect(hours[20]).toBeCloseTo(16_734, -2);
    expect(allowanceAt(planNamed("sendgrid"), 12).total).toEqual({ perDay: 24_000, perHour: 1_000 });
  });
});

describe("a plan of one's own", () => {
  const plan = planOf(findWarmupPreset("conservative") ?? warmupPresets[0]!);

  it.each([
    [{ firstDays: [] }, "firstDays", "is empty"],
    [{ firstDays: [10, 5] }, "firstDays", "falls on day 2 (5 after 10)"],
    [{ firstDays: [10, 21] }, "firstDays", "more than doubles on day 2"],
    [{ firstDays: [1.5] }, "firstDays", "whole numbers"],
    [{ firstDays: [50], target: 40 }, "firstDays", "goes beyond the target"],
    [{ growth: 2.5 }, "growth", "doubling"],
    [{ growth: 1, step: 0 }, "growth", "stays at 50"],
    [{ step: 51 }, "step", "more than double"],
    [{ growth: 1, step: 1, target: 400_000 }, "target", "not reached within 365 days"],
    [{ hours: 25 }, "hours", "1 to 24"],
    [{ catchUp: 0.5 }, "catchUp", "1 to 24"],
    [{ mailboxProviders: { gmail: 1.5 } }, "mailboxProviders.gmail", "at most 1"],
    [{ total: false }, "total", "nothing would be held"],
  ])("is refused with %j, naming the field and why", (over, field, why) => {
    const problems = checkWarmupPlan({ ...plan, ...over });
    expect(problems).toContainEqual({ field, problem: expect.stringContaining(why) as string });
  });

  it("that passes rises each day to its target, and never more than doubles", () => {
    fc.assert(
      fc.property(planArbitrary, (own) => {
        const curve = curveOf(own);
        expect(curve.at(-1)).toBe(own.target);
        for (const [at, figure] of curve.slice(1).entries()) {
          const before = curve[at] ?? 0;
          expect(figure).toBeGreaterThanOrEqual(before);
          // Whole messages.
          expect(figure).toBeLessThanOrEqual(before * 2 + 1);
        }
      }),
    );
  });
});

describe("an allowance", () => {
  it("is never more than the curve, and no hour takes more than the day", () => {
    fc.assert(
      fc.property(planArbitrary, fc.double({ min: 0, max: 500, noNaN: true }), (plan, position) => {
        const figure = figureAt(plan, position);
        expect(figure).toBeLessThanOrEqual(curveOf(plan)[Math.ceil(Math.min(position, endOf(plan)))] ?? 0);
        const { total, mailboxProviders } = allowanceAt(plan, position);
        for (const { perDay, perHour } of [...(total ? [total] : []), ...Object.values(mailboxProviders)]) {
          expect(perDay).toBeLessThanOrEqual(figure);
          expect(perHour).toBeGreaterThan(0);
          expect(perHour).toBeLessThanOrEqual(perDay);
          expect(perHour * plan.hours).toBeGreaterThanOrEqual(perDay);
        }
      }),
    );
  });

  it("of each mailbox provider alone has no total, and plans their sum", () => {
    const allowance = allowanceAt(planNamed("billionmail"), 0);
    expect(allowance.total).toBeNull();
    expect(allowance.mailboxProviders.gmail).toEqual({ perDay: 1_000, perHour: 84 });
    expect(plannedBy(allowance)).toBe(7_000);
  });

  it("that is found on another plan's curve allows no more than before", () => {
    fc.assert(
      fc.property(planArbitrary, fc.integer({ min: 1, max: 1_000_000 }), (plan, perDay) => {
        const position = positionOf(plan, perDay);
        expect(position === 0 || figureAt(plan, position) <= perDay).toBe(true);
      }),
    );
  });
});

describe("the decision of a day", () => {
  const plan = planNamed("conservative");
  const at = (position: number) => ({ ...fresh, position });

  it("starts, goes on after a day that was used, and ends after one at the target", () => {
    expect(decideDay({ plan, state: fresh, days: [], facts: noFacts })).toMatchObject({
      decision: "start",
      position: 0,
      reason: "It starts with 50 messages.",
    });
    expect(decideDay({ plan, state: fresh, days: [used(50)], facts: well })).toMatchObject({
      decision: "advance",
      position: 1,
      reason: "The day before was used and went well. It goes on, to 57 messages.",
    });
    const last = decideDay({ plan, state: at(endOf(plan)), days: [used(10_000)], facts: well });
    expect(last).toMatchObject({ decision: "finish", reason: expect.stringContaining("10,000") as string });
  });

  it("stays where it is when little of the allowance was used", () => {
    const day = { ...used(500), used: 120 };
    expect(decideDay({ plan, state: at(20), days: [day], facts: well })).toMatchObject({
      decision: "hold",
      position: 20,
      reason: "120 of 500 messages were used, and a day counts from 70 %; it stays there.",
    });
  });

  it("forgives a weekend without mail, then slides back a day each day, and begins anew after thirty", () => {
    let state = at(20);
    const positions: number[] = [];
    const decisions: string[] = [];
    for (let day = 0; day < coldAfterDays; day += 1) {
      const decided = decideDay({ plan, state, days: [idle], facts: noFacts });
      state = decided;
      positions.push(decided.position);
      decisions.push(decided.decision);
    }
    expect(positions.slice(0, 5)).toEqual([20, 20, 19, 18, 17]);
    expect(decisions.slice(0, 3)).toEqual(["hold", "hold", "slide-back"]);
    expect(positions.at(-1)).toBe(0);
    expect(decisions.at(-1)).toBe("restart");
    // Cold also from the end of a long curve: it does not only slide.
    const long = planNamed("ses");
    const days = Array.from({ length: coldAfterDays }, () => idle);
    expect(decideDay({ plan: long, state: at(44), days, facts: noFacts })).toMatchObject({
      decision: "restart",
      position: 0,
    });
  });

  it("takes days that nobody planned as it takes planned ones", () => {
    fc.assert(
      fc.property(stateArbitrary, fc.integer({ min: 0, max: 40 }), (state, gap) => {
        const idleDay = { ...idle };
        const together = decideDay({
          ...{ plan, state, facts: noFacts },
          days: Array.from({ length: gap + 1 }, () => idleDay),
        });
        let one = state;
        for (let day = 0; day <= gap; day += 1)
          one = decideDay({ plan, state: one, days: [idleDay], facts: noFacts });
        expect(together.position).toBeCloseTo(one.position);
        expect(together.idleDays).toBe(one.idleDays);
      }),
    );
  });

  it("does not take a pause for idleness within its grace, and does behind it", () => {
    const paused = { ...idle, paused: true };
    const after = (days: number) =>
      decideDay({ plan, state: at(20), days: Array.from({ length: days }, () => paused), facts: noFacts });
    expect(after(pauseGraceDays)).toMatchObject({ decision: "hold", position: 20, idleDays: 0 });
    expect(after(pauseGraceDays + idleGraceDays)).toMatchObject({ position: 20, idleDays: idleGraceDays });
    expect(after(pauseGraceDays + idleGraceDays + 1)).toMatchObject({
      decision: "slide-back",
      position: 19,
    });
  });

  it("does not take the rest of the day on which it began for idle", () => {
    const days = [{ ...idle, partial: true }];
    expect(decideDay({ plan, state: fresh, days, facts: noFacts })).toMatchObject({
      ...{ decision: "hold", idleDays: 0 },
      reason: "It began during the day, and nothing was sent; it stays there.",
    });
  });

  it.each([
    [{ bounced: 0 }, "advance", 21],
    [{ bounced: 130 }, "advance", 20.5],
    [{ bounced: 270 }, "hold", 20],
    [{ bounced: 450 }, "step-back", 18],
    [{ bounced: 560 }, "stop", 10],
    [{ complained: 3 }, "advance", 20.5],
    [{ complained: 5 }, "hold", 20],
    [{ complained: 10 }, "step-back", 18],
    [{ complained: 15 }, "stop", 10],
    [{ deferred: 900 }, "advance", 20.5],
    [{ deferred: 2_200 }, "hold", 20],
    [{ deferred: 8_000 }, "step-back", 18],
  ])("follows what was measured: %j is %s", (over, decision, position) => {
    const facts = { ...well, ...over };
    const decided = decideDay({ plan, state: at(20), days: [used(800)], facts });
    expect(decided).toMatchObject({ decision, position });
    if (decision !== "advance") expect(decided.reason).toMatch(/^\d+(\.\d+)? % of the last 7 days' /);
  });

  it("says nothing of shares of a few: one bounce of five, one complaint of a hundred", () => {
    expect(judge({ ...noFacts, accepted: 4, bounced: 1 }).level).toBe("healthy");
    expect(judge({ ...noFacts, accepted: 100, complained: 1 }).level).toBe("healthy");
    expect(judge({ ...noFacts, accepted: 20, bounced: 10 }).level).toBe("stop");
    expect(judge({ ...noFacts, accepted: 500, complained: 3 }).level).toBe("stop");
  });

  it("slows down where few react, if the plan asks for it", () => {
    const facts = { ...well, opened: 300 };
    expect(engagementPace(facts)).toBe(0.75);
    const day = { state: at(3), days: [used(1_000)], facts };
    expect(decideDay({ plan, ...day }).position).toBe(4);
    const decided = decideDay({ plan: { ...plan, engagement: true }, ...day });
    expect(decided).toMatchObject({ position: 3.75 });
    expect(decided.reason).toBe(
      "Few recipients open or click. It goes on at 75 % of the pace, to 84 messages.",
    );
  });

  it("is never ahead of the curve, whatever happens", () => {
    fc.assert(
      fc.property(
        planArbitrary,
        fc.array(
          fc.record({
            days: fc.array(pastDayArbitrary, { minLength: 1, maxLength: 4 }),
            facts: factsArbitrary,
          }),
          {
            maxLength: 60,
          },
        ),
        (plan, history) => {
          let state = fresh;
          for (const [day, { days, facts }] of history.entries()) {
            state = decideDay({ plan, state, days, facts });
            expect(state.position).toBeLessThanOrEqual(day + 1);
            expect(figureAt(plan, state.position)).toBeLessThanOrEqual(figureAt(plan, day + 1));
            expect(state.position).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it("never gets better by what is worse", () => {
    const worse = fc.record({
      ...{ bounced: fc.nat(500), complained: fc.nat(20), deferred: fc.nat(5_000) },
    });
    fc.assert(
      fc.property(planArbitrary, stateArbitrary, pastDayArbitrary, factsArbitrary, worse, (...given) => {
        const [plan, state, day, facts, more] = given;
        const bad = {
          ...facts,
          bounced: facts.bounced + more.bounced,
          complained: facts.complained + more.complained,
          deferred: facts.deferred + more.deferred,
        };
        const [good, poor] = [facts, bad].map((measured) =>
          decideDay({ plan, state, days: [day], facts: measured }),
        );
        expect(poor?.position).toBeLessThanOrEqual(good?.position ?? 0);
      }),
    );
  });

  it("is the same when it is asked again, and says why in a sentence", () => {
    fc.assert(
      fc.property(
        planArbitrary,
        stateArbitrary,
        fc.array(pastDayArbitrary, { maxLength: 3 }),
        factsArbitrary,
        (...given) => {
          const [plan, state, days, facts] = given;
          const input = { plan, state, days, facts };
          const decided = decideDay(structuredClone(input));
          expect(decideDay(input)).toEqual(decided);
          expect(decided.reason).toMatch(/^[A-Z0-9].*\.$/);
        },
      ),
    );
  });
});

test("a thousand mailboxes keep to their curve for thirty days: who writes is ahead of who does not", () => {
  const plan = planNamed("mailbox");
  const ends = Array.from({ length: 1_000 }, (_, n) => {
    let state = fresh;
    let planned = figureAt(plan, 0);
    for (let day = 1; day < 30; day += 1) {
      // Each by its own share of the allowance, from nothing to all of it.
      const past = { ...used(planned), used: Math.ceil((planned * (n % 11)) / 10) };
      state = decideDay({ plan, state, days: [past], facts: { ...noFacts, accepted: past.used } });
      planned = figureAt(plan, state.position);
      expect(planned).toBeLessThanOrEqual(figureAt(plan, day));
    }
    return { share: n % 11, planned };
  });
  for (const { share, planned } of ends) expect(planned).toBe(share >= 7 ? 20 : 5);
});

test("health pauses for one, three and seven days, then until a person decides", () => {
  expect([1, 2, 3, 4].map(resumeAfterDays)).toEqual([1, 3, 7, null]);
});

describe("days", () => {
  const ids = fc.uuid().map((warmupId) => warmupId);
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
  );
  const instants = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });

  it("are planned between ten and eleven of the next day, on the clock of the zone, also where clocks change", () => {
    fc.assert(
      fc.property(ids, zones, instants, (warmupId, timeZone, nowMs) => {
        const day = dayOf(nowMs, timeZone);
        const alarm = alarmAfter(day, { warmupId, timeZone });
        expect(alarm).toBeGreaterThan(nowMs);
        expect(dayOf(alarm, timeZone)).toBe(addDays(day, 1));
        const hour = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit" }).format(alarm);
        expect(hour).toBe("10");
      }),
    );
  });

  it("end at midnight: a minute before it is today, on it tomorrow", () => {
    const timeZone = "Europe/Berlin";
    expect(dayOf(Date.parse("2026-03-28T22:59:59.999Z"), timeZone)).toBe("2026-03-28");
    expect(dayOf(Date.parse("2026-03-28T23:00:00.000Z"), timeZone)).toBe("2026-03-29");
    // 23 hours later, because clocks have gone forward.
    expect(dayOf(Date.parse("2026-03-29T22:00:00.000Z"), timeZone)).toBe("2026-03-30");
    expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
  });

  it("spread many warmups over the hour", () => {
    const alarms = fc
      .sample(fc.uuid(), { numRuns: 1_000, seed: 1 })
      .map((warmupId) => alarmAfter("2026-05-01", { warmupId, timeZone: "UTC" }));
    const first = Math.min(...alarms);
    const quarters = [0, 1, 2, 3].map(
      (quarter) => alarms.filter((at) => Math.floor((at - first) / 900_000) === quarter).length,
    );
    for (const many of quarters) expect(many).toBeGreaterThan(100);
  });
});
