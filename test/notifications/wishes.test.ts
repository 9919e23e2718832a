import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWallClock } from "../../domain/business-hours.js";
import { channels, notificationKinds, severities, type Severity } from "../../domain/notification-kinds.js";
import { mostTogether, toMessages, type Groupable } from "../../domain/notification-grouping.js";
import {
  decide,
  digests,
  isQuiet,
  nextDigest,
  quietEnd,
  type NotificationWishes,
} from "../../domain/notification-wishes.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Clocks that leap by an hour or half of one, at midnight, by a quarter past; and some that never do. */
const zones = [
  ...["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"],
  ...["America/Santiago", "Africa/Cairo", "Pacific/Chatham", "Asia/Kolkata", "Pacific/Apia"],
];
/** Close to the changes of clocks more often than chance would have it. */
const changes = [
  "2026-03-29T01:00Z",
  "2026-10-25T01:00Z",
  "2026-03-08T07:00Z",
  "2026-11-01T06:00Z",
  "2026-04-04T15:00Z",
];
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) }),
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -36 * hourMs, max: 36 * hourMs }))
    .map(([change, aside]) => Date.parse(change) + aside),
);
const minute = fc.integer({ min: 0, max: 1_439 });
const wishes: fc.Arbitrary<NotificationWishes> = fc.record({
  timeZone: fc.constantFrom(...zones),
  quiet: fc.option(fc.record({ from: minute, to: minute }).filter(({ from, to }) => from !== to)),
  digest: fc.constantFrom(...digests),
  digestAt: minute,
  choices: fc.array(
    fc.record({
      kind: fc.constantFrom(...notificationKinds.map(({ kind }) => kind)),
      channel: fc.constantFrom(...channels),
      enabled: fc.boolean(),
    }),
    { maxLength: 20 },
  ),
});
const kind = fc.constantFrom(...notificationKinds.map((known) => known.kind), "of.another.version");
const severity: fc.Arbitrary<Severity> = fc.constantFrom(...severities);
const channel = fc.constantFrom(...channels);

function timeOfDay(atMs: number, zone: string): number {
  return Math.floor((toWallClock(atMs, zone) % dayMs) / minuteMs);
}

describe("Quiet hours", () => {
  it("are what the clock on somebody's wall says, in every zone and when clocks change", () => {
    fc.assert(
      fc.property(instant, wishes, (nowMs, { timeZone, quiet }) => {
        fc.pre(quiet !== null);
        const now = timeOfDay(nowMs, timeZone);
        const { from, to } = quiet;
        const inside = from < to ? from <= now && now < to : now >= from || now < to;
        expect(isQuiet(nowMs, { timeZone, quiet })).toBe(inside);
      }),
      { numRuns: 1_000 },
    );
  });

  it("end when the clock next shows their end, which a change of clocks moves by an hour at most", () => {
    fc.assert(
      fc.property(instant, wishes, (nowMs, { timeZone, quiet }) => {
        fc.pre(quiet !== null && isQuiet(nowMs, { timeZone, quiet }));
        const endMs = quietEnd(nowMs, { timeZone, quiet });
        expect(endMs).toBeGreaterThan(nowMs);
        const left = (quiet.to - timeOfDay(nowMs, timeZone) + 1_440) % 1_440;
        expect(endMs - nowMs).toBeLessThanOrEqual((left + 60) * minuteMs);
        const late = (timeOfDay(endMs, timeZone) - quiet.to + 1_440) % 1_440;
        expect(late).toBeLessThanOrEqual(60);
      }),
      { numRuns: 1_000 },
    );
  });

  it("that end at a time the clock shows twice end at the second when the first is over", () => {
    const santiago = { timeZone: "America/Santiago", quiet: { from: 22 * 60, to: 23 * 60 + 30 } };
    const again = Date.parse("2026-04-04T23:10:00-04:00");
    expect(isQuiet(again, santiago)).toBe(true);
    expect(new Date(quietEnd(again, santiago)).toISOString()).toBe("2026-04-05T03:30:00.000Z");
  });

  it("hold nothing back for ever: whoever looks again at the time they were told of sends it sooner or later", () => {
    fc.assert(
      fc.property(instant, wishes, kind, severity, channel, (createdMs, wished, kind, severity, channel) => {
        let nowMs = createdMs;
        let looks = 0;
        for (;;) {
          const decision = decide({ kind, severity, createdMs }, channel, wished, nowMs);
          if (decision.kind !== "wait") break;
          expect(decision.untilMs).toBeGreaterThan(nowMs);
          nowMs = decision.untilMs;
          looks += 1;
        }
        expect(looks).toBeLessThanOrEqual(3);
        expect(nowMs - createdMs).toBeLessThanOrEqual(3 * dayMs);
      }),
      { numRuns: 1_000 },
    );
  });

  it("that pass midnight on the night when clocks go back last an hour longer", () => {
    const berlin = { timeZone: "Europe/Berlin", quiet: { from: 22 * 60, to: 7 * 60 } };
    const evening = Date.parse("2026-10-24T22:00:00+02:00");
    expect(isQuiet(evening, berlin)).toBe(true);
    expect(new Date(quietEnd(evening, berlin)).toISOString()).toBe("2026-10-25T06:00:00.000Z");
  });

  it("that end at a time the clock leaps over end as much later", () => {
    const berlin = { timeZone: "Europe/Berlin", quiet: { from: 0, to: 150 } };
    const night = Date.parse("2026-03-29T00:30:00+01:00");
    expect(new Date(quietEnd(night, berlin)).toISOString()).toBe("2026-03-29T01:30:00.000Z");
  });
});

describe("A digest", () => {
  it("leaves at a time that follows from when the notification was made, whenever it is asked", () => {
    fc.assert(
      fc.property(instant, wishes, (createdMs, wished) => {
        fc.pre(wished.digest !== "off");
        const atMs = nextDigest(createdMs, wished);
        expect(atMs).toBeGreaterThan(createdMs);
        const longest = wished.digest === "hourly" ? hourMs : dayMs + 2 * hourMs;
        expect(atMs - createdMs).toBeLessThanOrEqual(longest);
        // What is made until then is in the same one.
        const laterMs = createdMs + Math.floor((atMs - createdMs) / 2);
        if (wished.digest === "daily") expect(nextDigest(laterMs, wished)).toBe(atMs);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("What is critical", () => {
  it("goes out at once by every channel, whatever was chosen", () => {
    fc.assert(
      fc.property(instant, instant, wishes, kind, channel, (createdMs, nowMs, wished, kind, channel) => {
        expect(decide({ kind, severity: "critical", createdMs }, channel, wished, nowMs)).toEqual({
          kind: "send",
        });
      }),
    );
  });

  it("is in no message with anything else", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record<Groupable>({
            channel,
            deviceId: fc.option(fc.constantFrom("a", "b")),
            ...{ kind, severity },
            messageId: fc.option(fc.constantFrom("m", "n")),
          }),
          { maxLength: 300 },
        ),
        fc.constantFrom(...digests),
        (deliveries, digest) => {
          const messages = toMessages(deliveries, digest);
          expect(messages.flat()).toHaveLength(deliveries.length);
          expect(new Set(messages.flat())).toEqual(new Set(deliveries));
          for (const message of messages) {
            const [first] = message;
            if (first?.messageId !== null) continue;
            expect(message.length).toBeLessThanOrEqual(mostTogether);
            expect(new Set(message.map(({ channel, deviceId }) => `${channel} ${deviceId}`)).size).toBe(1);
            if (message.some(({ severity }) => severity === "critical")) expect(message).toHaveLength(1);
          }
        },
      ),
    );
  });
});
