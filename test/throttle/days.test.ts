import fc from "fast-check";
import { expect, test } from "vitest";
import { createCalendar } from "../../throttle/days.js";

function daysAt(timeZone: string, instant: string): string[] {
  return createCalendar(timeZone)(Date.parse(instant)).map(
    ({ date, startMs }) => `${date} ${new Date(startMs).toISOString()}`,
  );
}

test("Days are 23 and 25 hours long where clocks change", () => {
  expect(daysAt("Europe/Berlin", "2026-03-29T12:00:00Z")).toEqual([
    "2026-03-28 2026-03-27T23:00:00.000Z",
    "2026-03-29 2026-03-28T23:00:00.000Z",
    "2026-03-30 2026-03-29T22:00:00.000Z",
    "2026-03-31 2026-03-30T22:00:00.000Z",
  ]);
  expect(daysAt("America/New_York", "2026-11-01T12:00:00Z").slice(1, 3)).toEqual([
    "2026-11-01 2026-11-01T04:00:00.000Z",
    "2026-11-02 2026-11-02T05:00:00.000Z",
  ]);
});

test("A day begins at one o'clock where clocks go forward at midnight", () => {
  expect(daysAt("America/Santiago", "2024-09-08T12:00:00Z")[1]).toBe("2024-09-08 2024-09-08T04:00:00.000Z");
  expect(daysAt("Africa/Cairo", "2026-04-24T12:00:00Z")[1]).toBe("2026-04-24 2026-04-23T22:00:00.000Z");
});

test("Zones far from Greenwich have their own date", () => {
  expect(daysAt("Pacific/Kiritimati", "2026-01-01T09:59:00Z")[1]).toBe("2026-01-01 2025-12-31T10:00:00.000Z");
  expect(daysAt("Pacific/Kiritimati", "2026-01-01T10:00:00Z")[1]).toBe("2026-01-02 2026-01-01T10:00:00.000Z");
  expect(daysAt("Pacific/Pago_Pago", "2026-01-01T10:59:00Z")[1]).toBe("2025-12-31 2025-12-31T11:00:00.000Z");
});

test("Every instant lies in the second of its four days, however the clock moves", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
  ];
  const instants = fc.array(fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, (timeZone, times) => {
      const calendar = createCalendar(timeZone);
      for (const nowMs of times) {
        const days = calendar(nowMs);
        const starts = days.map(({ startMs }) => startMs);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        expect(starts[1]).toBeLessThanOrEqual(nowMs);
        expect(starts[2]).toBeGreaterThan(nowMs);
        expect(days[1]?.date).toBe(new Date(nowMs).toLocaleDateString("sv-SE", { timeZone }));
      }
    }),
    { numRuns: 50 },
  );
});
