import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reactionsTo } from "../../domain/warmup-reactions.js";
import { recipientsOf, sendTimes, threadsOf, usualHours, windowOf } from "../../domain/warmup-sends.js";

const minuteMs = 60_000;
const startMs = Date.parse("2026-03-02T09:00:00Z");

describe("the times at which a mailbox writes", () => {
  it("lie within the window, are no more than asked for, keep their distance, and are the same for the same seed", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 24 * 60 }),
        (seed, count, minutes) => {
          const window = { fromMs: startMs, toMs: startMs + minutes * minuteMs };
          const times = sendTimes(seed, count, window);
          expect(times.length).toBeLessThanOrEqual(count);
          for (const [nth, at] of times.entries()) {
            expect(at).toBeGreaterThanOrEqual(window.fromMs);
            expect(at).toBeLessThan(window.toMs);
            if (nth > 0) expect(at - (times[nth - 1] ?? 0)).toBeGreaterThanOrEqual(minuteMs - 1);
          }
          expect(sendTimes(seed, count, window)).toEqual(times);
        },
      ),
    );
  });

  it("are spread over all of the window, and neither in step nor the same for another mailbox", () => {
    const window = { fromMs: startMs, toMs: startMs + 8 * 60 * minuteMs };
    const times = sendTimes("a mailbox's day", 15, window);
    const gaps = times.slice(1).map((at, nth) => Math.round((at - (times[nth] ?? 0)) / minuteMs));
    expect(new Set(gaps).size).toBeGreaterThan(7);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(6 * 60 * minuteMs);
    expect(sendTimes("another's", 15, window)).not.toEqual(times);
  });

  it("of tens of thousands of mailboxes are no heap: no minute has much more than its share", () => {
    const window = { fromMs: startMs, toMs: startMs + 8 * 60 * minuteMs };
    const perMinute = new Map<number, number>();
    const mailboxes = 20_000;
    for (let mailbox = 0; mailbox < mailboxes; mailbox += 1) {
      const [first = 0] = sendTimes(`mailbox ${mailbox}`, 4, window);
      const minute = Math.floor((first - startMs) / minuteMs);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    // The first of four parts has 120 minutes.
    expect(Math.max(...perMinute.values())).toBeLessThan((mailboxes / 120) * 1.5);
  });

  it("are of business hours on the zone's clock; none on a weekend or in the evening", () => {
    const at = { hours: usualHours, timeZone: "Europe/Berlin" };
    expect(windowOf("2026-03-02", Date.parse("2026-03-02T03:00:00Z"), at)).toEqual({
      fromMs: Date.parse("2026-03-02T08:00:00Z"),
      toMs: Date.parse("2026-03-02T16:00:00Z"),
    });
    expect(windowOf("2026-03-02", Date.parse("2026-03-02T16:00:00Z"), at)).toBeNull();
    expect(windowOf("2026-03-01", Date.parse("2026-03-01T10:00:00Z"), at)).toBeNull();
  });

  it("leave a part of the allowance for answers, and enough for the day to count", () => {
    for (let planned = 1; planned <= 100; planned += 1) {
      expect(threadsOf(planned)).toBeLessThanOrEqual(planned);
      expect(threadsOf(planned) / planned).toBeGreaterThanOrEqual(0.7);
    }
  });
});

it("letters go to the others evenly, in an order of each day's own", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(100), fc.integer({ min: 1, max: 30 }), (seed, count, others) => {
      const all = Array.from({ length: others }, (_, nth) => nth);
      const chosen = recipientsOf(seed, count, all);
      const counts = all.map((one) => chosen.filter((other) => other === one).length);
      expect(chosen).toHaveLength(count);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(recipientsOf(seed, count, all)).toEqual(chosen);
    }),
  );
});

describe("what is done with a letter", () => {
  const found = { placement: "junk", depth: 0, foundAtMs: startMs } as const;
  const many = Array.from({ length: 5_000 }, (_, nth) => reactionsTo(`letter ${nth}`, found));

  it("is drawn once, after a while, and in an order that makes sense", () => {
    expect(reactionsTo("letter 7", found)).toEqual(many[7]);
    for (const reactions of many) {
      expect(reactions[0]?.action).toBe("rescue");
      for (const { dueAtMs } of reactions) expect(dueAtMs).toBeGreaterThan(startMs + minuteMs);
      const actions = reactions.map(({ action }) => action);
      if (actions.length > 1) expect(actions[1]).toBe("open");
    }
  });

  it("is not done with every letter, and a thread ends", () => {
    const share = (action: string) =>
      many.filter((reactions) => reactions.some((reaction) => reaction.action === action)).length /
      many.length;
    expect(share("open")).toBeCloseTo(0.8, 1);
    expect(share("reply")).toBeCloseTo(0.24, 1);
    const last = Array.from({ length: 500 }, (_, nth) => reactionsTo(`last ${nth}`, { ...found, depth: 3 }));
    expect(last.flat().filter(({ action }) => action === "reply")).toEqual([]);
  });
});
