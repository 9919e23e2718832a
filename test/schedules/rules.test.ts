import { v7 as uuidv7 } from "uuid";
import { describe, expect, it, test } from "vitest";
import { firstUuidOf, lastWholeDay, scheduleIds } from "../../domain/recurring.js";
import { defaultRetention, parseRetention } from "../../domain/retention.js";
import { scheduleDefinitions } from "../../schedules/definitions.js";

describe("a retention", () => {
  it("keeps its default where nothing is said", () => {
    expect(parseRetention("")).toEqual(defaultRetention);
    expect(parseRetention("ledger=730, files=off")).toEqual({
      ...defaultRetention,
      ledger: 730,
      files: null,
    });
  });

  it.each([
    ["ledgers=3", "ledgers, which is none of ledger, events"],
    ["ledger=0", "ledger whole days from 1"],
    ["events=1.5", "events whole days"],
    ["emails", "emails whole days"],
  ])("refuses %s and says why", (text, why) => {
    expect(parseRetention(text)).toEqual({ problem: expect.stringContaining(why) as string });
  });
});

test("ids made before a time are smaller than its first id, later ones are not", () => {
  const at = Date.UTC(2026, 10, 25, 4, 0, 0, 123);
  expect(uuidv7({ msecs: at - 1 }) < firstUuidOf(new Date(at))).toBe(true);
  expect(uuidv7({ msecs: at }) >= firstUuidOf(new Date(at))).toBe(true);
});

test("the last whole day is in UTC, also across a year", () => {
  expect(lastWholeDay(Date.parse("2026-01-01T02:00:00Z"))).toBe("2025-12-31");
  expect(lastWholeDay(Date.parse("2026-03-29T23:59:59Z"))).toBe("2026-03-28");
});

test("every schedule id has one definition", () => {
  expect(scheduleDefinitions.map(({ scheduleId }) => scheduleId).sort()).toEqual([...scheduleIds].sort());
});
