import { describe, expect, it } from "vitest";
import type { BounceClass } from "../../domain/bounces.js";
import { isBouncedRepeatedly, type AcceptedMessage } from "../../domain/soft-bounces.js";

const policy = { limit: 3, days: 30 };
const day = 86_400_000;
const now = new Date("2026-06-30T12:00:00Z");
const ago = (days: number): Date => new Date(now.getTime() - days * day);

function returned(days: number, as: BounceClass = "soft"): AcceptedMessage {
  return { acceptedAt: ago(days), returnedAt: ago(days - 0.1), returnedAs: as, engagedAt: null };
}

function delivered(days: number, engagedDaysAgo?: number): AcceptedMessage {
  const engagedAt = engagedDaysAgo === undefined ? null : ago(engagedDaysAgo);
  return { acceptedAt: ago(days), returnedAt: null, returnedAs: null, engagedAt };
}

const decide = (...messages: AcceptedMessage[]): boolean => isBouncedRepeatedly(policy, messages, now);

describe("mail that comes back again and again", () => {
  it("is enough when so many came back in a row, in whatever order they are listed", () => {
    expect(decide(returned(5), returned(4))).toBe(false);
    expect(decide(returned(3), returned(5), returned(4))).toBe(true);
  });

  it("begins anew with one that stayed", () => {
    expect(decide(returned(6), returned(5), delivered(4), returned(3))).toBe(false);
    expect(decide(delivered(9), returned(6), returned(5), returned(3))).toBe(true);
  });

  it("is not excused by what was sent after the last that came back", () => {
    expect(decide(returned(6), returned(5), returned(4), delivered(1))).toBe(true);
  });

  it("begins anew with an open or a click, also of an older message", () => {
    expect(decide(delivered(20, 5.5), returned(7), returned(6), returned(4))).toBe(false);
  });

  it("leaves out what came back for another reason, and what is too old", () => {
    expect(decide(returned(6), returned(5), returned(4, "policy"))).toBe(false);
    expect(decide(returned(6), returned(5), returned(4, "our-fault"), returned(3))).toBe(true);
    expect(decide(returned(40), returned(5), returned(4))).toBe(false);
  });

  it("never is when the limit is 0", () => {
    expect(isBouncedRepeatedly({ limit: 0, days: 30 }, [returned(2)], now)).toBe(false);
  });
});
