import { describe, expect, it } from "vitest";
import { classifyReply, readReply, type RefusedOutcome } from "../../domain/replies.js";
import { replyGroups } from "./reply-table.js";

describe.each(replyGroups)("$source", ({ replies }) => {
  it.each(replies.map(([raw, expected, pace = "none"]) => [raw, expected, pace] as const))(
    "%s",
    (raw, expected, pace) => {
      const reply = readReply(raw);
      if (!reply) throw new Error("no reply");
      const outcome = classifyReply(reply);
      expect(`${outcome.kind} ${outcome.reason}`).toBe(expected);
      expect(paceOf(outcome)).toBe(pace);
    },
  );
});

/** `path suspended 120 min`, `node slowed`: what becomes of all that goes the same way. */
function paceOf(outcome: RefusedOutcome): string {
  if (outcome.kind !== "deferred" || !outcome.throttle) return "none";
  const { scope, suspendMs, trickle } = outcome.throttle;
  if (trickle) return `${scope} ${trickle.perSecond * 60}/min ${trickle.forMs / 60_000} min`;
  if (suspendMs === undefined) return `${scope} slowed`;
  return suspendMs < 60_000
    ? `${scope} suspended ${suspendMs / 1_000} s`
    : `${scope} suspended ${suspendMs / 60_000} min`;
}

it("has more than a hundred and fifty replies, each once", () => {
  const all = replyGroups.flatMap(({ replies }) => replies.map(([raw]) => raw));
  expect(new Set(all).size).toBeGreaterThan(150);
});
