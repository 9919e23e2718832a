import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { noFacts } from "../../domain/receiver-rates.js";
import { scoreReputation, triedOf, type ReputationFacts } from "../../domain/reputation.js";
import {
  nextGate,
  openGate,
  releasedGate,
  reputationGates,
  type GateFacts,
  type GateState,
} from "../../domain/reputation-gates.js";

const factsArbitrary: fc.Arbitrary<ReputationFacts> = fc.record({
  week: fc.record({
    ...{ accepted: fc.nat(100_000), deferred: fc.nat(50_000), bounced: fc.nat(20_000) },
    ...{ complained: fc.nat(500), opened: fc.nat(50_000), clicked: fc.nat(10_000) },
  }),
  acceptedBefore: fc.nat(100_000),
  volumes: fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 14 }),
  authentication: fc.constantFrom("pass", "warning", "fail", "unknown", null, undefined),
  listedOn: fc.option(fc.uniqueArray(fc.constantFrom("a.example", "b.example", "c.example")), {
    nil: undefined,
  }),
});
const well: ReputationFacts = {
  week: { ...noFacts, accepted: 10_000, opened: 3_000 },
  ...{ acceptedBefore: 10_000, volumes: [1_400, 1_500, 1_450], authentication: "pass", listedOn: [] },
};
const lostBy = (facts: ReputationFacts, name: string): number | undefined =>
  scoreReputation(facts).factors.find((factor) => factor.name === name)?.lost;

describe("A score", () => {
  test("is what its factors leave of 100, and no factor costs more than it may", () => {
    fc.assert(
      fc.property(factsArbitrary, (facts) => {
        const { score, factors } = scoreReputation(facts);
        for (const { lost, max, reason } of factors) {
          expect(Number.isInteger(lost) && lost >= 0 && lost <= max).toBe(true);
          expect(reason).toMatch(/\.$/);
        }
        const left = Math.max(0, 100 - factors.reduce((sum, { lost }) => sum + lost, 0));
        expect(score).toBe(triedOf(facts.week) < 100 ? null : left);
      }),
    );
  });

  test("never rises with complaints, bounces, deferrals or listings", () => {
    const worse: ((facts: ReputationFacts, by: number) => ReputationFacts)[] = [
      (facts, by) => ({ ...facts, week: { ...facts.week, complained: facts.week.complained + by } }),
      (facts, by) => ({ ...facts, week: { ...facts.week, bounced: facts.week.bounced + by } }),
      (facts, by) => ({ ...facts, week: { ...facts.week, deferred: facts.week.deferred + by } }),
      (facts, by) => ({
        ...facts,
        listedOn: [...(facts.listedOn ?? []), ...Array.from({ length: by }, (_, nth) => `${nth}.example`)],
      }),
    ];
    fc.assert(
      fc.property(
        factsArbitrary,
        fc.constantFrom(...worse),
        fc.integer({ min: 1, max: 50 }),
        (facts, make, by) => {
          const before = scoreReputation(facts).score;
          const after = scoreReputation(make(facts, by)).score;
          if (before !== null) expect(after).toBeLessThanOrEqual(before);
        },
      ),
    );
  });

  it("is 100 where all is well, and says why of each factor", () => {
    const { score, factors } = scoreReputation(well);
    expect(score).toBe(100);
    expect(factors.map(({ name }) => name)).toEqual([
      ...["complaints", "bounces", "blacklists", "authentication", "deferrals", "engagement", "steadiness"],
    ]);
    expect(factors[1]?.reason).toBe("0 % of the last 7 days' 10,000 sent bounced.");
  });

  it("loses all of a factor where Gmail and Amazon SES draw the line", () => {
    const complained = { ...well, week: { ...well.week, complained: 30 } };
    expect([lostBy(complained, "complaints"), scoreReputation(complained).score]).toEqual([40, 60]);
    const bounced = { ...well, week: { ...well.week, accepted: 9_000, bounced: 1_000 } };
    expect(lostBy(bounced, "bounces")).toBe(35);
    const both = { ...bounced, week: { ...bounced.week, complained: 30 } };
    expect(scoreReputation(both).score).toBe(25);
  });

  it("is none of too little mail, and few complaints of few messages cost nothing", () => {
    expect(scoreReputation({ ...well, week: { ...noFacts, accepted: 99 } })).toEqual({
      score: null,
      factors: [],
    });
    const few = { ...well, week: { ...noFacts, accepted: 500, complained: 2 }, acceptedBefore: 0 };
    expect(lostBy(few, "complaints")).toBe(0);
  });

  it("holds complaints of last week's newsletter against that, not against the few messages since", () => {
    const since = { ...well, week: { ...noFacts, accepted: 300, complained: 5 }, acceptedBefore: 100_000 };
    expect(lostBy(since, "complaints")).toBeLessThan(2);
  });

  it("finds one who writes weekly as steady as one who writes daily, and a leap not", () => {
    expect(lostBy({ ...well, volumes: [50_000, 50_000, 51_000] }, "steadiness")).toBe(0);
    expect(lostBy({ ...well, volumes: [100, 100, 100, 5_000] }, "steadiness")).toBe(10);
  });
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nowMs = Date.parse("2026-05-31T12:00:00Z");
const measured = (over: Partial<GateFacts>): GateFacts => ({
  ...{ accepted: 0, bounced: 0, acceptedToday: 0, bouncedToday: 0, returned: 0, complained: 0 },
  ...{ sent: 0, tried: 0, days: 0 },
  ...over,
});
const good = measured({ accepted: 10_000, sent: 10_000, tried: 10_000, days: 5 });
/** So many of 1,000. */
const bounced = (count: number): GateFacts =>
  measured({ accepted: 1_000 - count, bounced: count, sent: 1_000, tried: 1_000, days: 2 });
const complained = (count: number): GateFacts =>
  measured({ accepted: 10_000, sent: 10_000, tried: 10_000, days: 5, complained: count });
const gateOf = (facts: GateFacts): string => nextGate(openGate, facts, nowMs).gate;

describe("A gate", () => {
  it("warns, slows down and stops where SES and Gmail do", () => {
    expect([24, 25, 49, 50, 99, 100].map((count) => gateOf(bounced(count)))).toEqual([
      ...["none", "warn", "warn", "slow", "slow", "stop"],
    ]);
    expect([4, 5, 9, 10, 29, 30].map((count) => gateOf(complained(count)))).toEqual([
      ...["none", "warn", "warn", "slow", "slow", "stop"],
    ]);
  });

  it("says nothing of a few messages", () => {
    expect(gateOf(measured({ accepted: 50, bounced: 40, sent: 90 }))).toBe("none");
    expect(gateOf(measured({ accepted: 900, sent: 900, complained: 2 }))).toBe("none");
  });

  it("sees a bad day behind good weeks, and what comes back later", () => {
    const day = { accepted: 98_000, bounced: 300, sent: 98_300, acceptedToday: 1_700, bouncedToday: 300 };
    expect(gateOf(measured(day))).toBe("stop");
    expect(gateOf(measured({ accepted: 1_000, sent: 1_000, returned: 100 }))).toBe("stop");
    // A straggler of last week's 100,000, while little leaves now.
    expect(gateOf(measured({ accepted: 200, sent: 100_000, returned: 30, complained: 20 }))).toBe("none");
  });

  it("lets half of a usual day through when it slows down", () => {
    expect(nextGate(openGate, bounced(60), nowMs)).toMatchObject({
      gate: "slow",
      slowed: { perDay: 250, perHour: 21 },
    });
    const little = measured({ accepted: 94, bounced: 10, sent: 104, tried: 104, days: 14 });
    expect(nextGate(openGate, little, nowMs).slowed).toEqual({ perDay: 50, perHour: 5 });
  });

  it("goes back a day later at the earliest, and not just below its threshold", () => {
    const slow = nextGate(openGate, bounced(50), nowMs);
    expect(nextGate(slow, good, nowMs + 23 * hourMs)).toBe(slow);
    expect(nextGate(slow, bounced(41), nowMs + 25 * hourMs)).toBe(slow);
    expect(nextGate(slow, bounced(39), nowMs + 25 * hourMs).gate).toBe("warn");
    expect(nextGate(slow, good, nowMs + 25 * hourMs)).toMatchObject({ gate: "none", slowed: null });
  });

  it("goes on slowly after one day, three and seven, then when a person says so; good weeks are remembered", () => {
    let state: GateState = openGate;
    let at = nowMs;
    for (const days of [1, 3, 7]) {
      state = nextGate(state, bounced(200), at);
      expect(state).toMatchObject({ gate: "stop", resumeAtMs: at + days * dayMs });
      expect(nextGate(state, bounced(200), at + days * dayMs - 1)).toBe(state);
      at += days * dayMs;
      state = nextGate(state, measured({}), at);
      expect(state).toMatchObject({ gate: "slow", judgedFromMs: at, slowed: { perDay: 50 } });
    }
    state = nextGate(state, bounced(200), at);
    expect(state).toMatchObject({ gate: "stop", stops: 4, resumeAtMs: null });
    expect(nextGate(state, good, at + 400 * dayMs)).toBe(state);
    const released = releasedGate(state, at);
    expect(released).toMatchObject({ gate: "none", judgedFromMs: at, stops: 4 });
    expect(nextGate(released, good, at + 14 * dayMs).stops).toBe(0);
  });

  test("of anything that was measured is a known one that only a stop gives an end, and repeats itself", () => {
    const count = fc.nat(20_000);
    const arbitrary = fc.record({
      ...{ accepted: count, bounced: count, acceptedToday: count, bouncedToday: count, returned: count },
      ...{ complained: fc.nat(100), sent: count, tried: count, days: fc.nat(14) },
    });
    fc.assert(
      fc.property(arbitrary, (facts) => {
        const state = nextGate(openGate, facts, nowMs);
        expect(reputationGates).toContain(state.gate);
        expect(state.resumeAtMs !== null).toBe(state.gate === "stop");
        expect(state.slowed !== null).toBe(state.gate === "slow");
        expect(nextGate(state, facts, nowMs + 1)).toBe(state);
      }),
    );
  });
});
