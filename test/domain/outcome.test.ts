import { describe, expect, it } from "vitest";
import { maxAttempts, settle, type AttemptContext, type SendOutcome } from "../../domain/outcome.js";
import { canBecome, recipientStatuses } from "../../domain/recipient-status.js";

const context = (over: Partial<AttemptContext> = {}): AttemptContext => ({
  contactId: "7",
  attemptsBefore: 0,
  onUnknown: "resend",
  nodeId: "n1",
  possibleDuplicate: false,
  ...over,
});

const deferred = (reason: "greylisted" | "throttled" | "node-away"): SendOutcome => ({
  kind: "deferred",
  reason,
});

describe("settling an outcome", () => {
  it("spends an attempt on a temporary refusal and ends in the dead letters with the last one", () => {
    expect(settle(deferred("greylisted"), context())).toMatchObject({ status: "deferred", attempts: 1 });
    expect(settle(deferred("greylisted"), context({ attemptsBefore: maxAttempts - 1 }))).toMatchObject({
      status: "dead",
      attempts: maxAttempts,
      reason: "greylisted",
    });
  });

  it("spends no attempt when the provider throttles or the node is away", () => {
    for (const reason of ["throttled", "node-away"] as const) {
      expect(settle(deferred(reason), context({ attemptsBefore: 2 }))).toMatchObject({
        status: "pending",
        attempts: 2,
      });
    }
  });

  it("bounces only bad addresses; policy and content refusals wait for a person", () => {
    expect(settle({ kind: "rejected", reason: "bad-address" }, context()).status).toBe("bounced");
    for (const reason of ["policy", "content", "our-fault", "too-large"] as const) {
      expect(settle({ kind: "rejected", reason }, context()).status).toBe("dead");
    }
  });

  it("sends an unknown again, flagged, or holds it as the send says", () => {
    const unknown: SendOutcome = { kind: "unknown", stage: "after-dot" };
    expect(settle(unknown, context())).toMatchObject({ status: "deferred", possibleDuplicate: true });
    expect(settle(unknown, context({ onUnknown: "hold" }))).toMatchObject({
      status: "unknown",
      possibleDuplicate: true,
    });
  });

  it("keeps the flag of a possible duplicate whatever follows", () => {
    const accepted: SendOutcome = { kind: "accepted", reply: { code: 250, text: "ok" } };
    expect(settle(accepted, context({ possibleDuplicate: true }))).toMatchObject({
      status: "sent",
      possibleDuplicate: true,
    });
  });

  it("leads only to statuses that the state machine allows", () => {
    const outcomes: SendOutcome[] = [
      { kind: "accepted", reply: { code: 250, text: "ok" } },
      { kind: "rejected", reason: "policy" },
      { kind: "rejected", reason: "bad-address" },
      deferred("greylisted"),
      { kind: "skipped", reason: "suppressed" },
      { kind: "skipped", reason: "missing-variable", detail: "name" },
      { kind: "unknown", stage: "after-dot" },
    ];
    for (const outcome of outcomes) {
      for (const attemptsBefore of [0, 1, 2]) {
        const { status } = settle(outcome, context({ attemptsBefore }));
        expect(recipientStatuses).toContain(status);
        expect(canBecome("pending", status) && canBecome("deferred", status)).toBe(true);
      }
    }
  });
});
