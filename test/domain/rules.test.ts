import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, retryRoundBackoff } from "../../domain/backoff.js";
import {
  batchSizeFor,
  firstBatchSize,
  maxBatchSize,
  nextBatchSize,
  nextWindow,
  windowLimits,
} from "../../domain/batching.js";
import { checkAddress, hasControlCharacter } from "../../domain/email-address.js";
import { messageId } from "../../domain/ids.js";
import { sendCanBecome, sendStatuses, sendStatusesBefore } from "../../domain/send-status.js";

describe("addresses", () => {
  it.each([
    ["Ann@Example.COM ", "ann@example.com"],
    ["o'brien+news@sub.example.org", "o'brien+news@sub.example.org"],
    ["jörg@bücher.example", "jörg@bücher.example"],
  ])("normalises %s", (input, address) => {
    expect(checkAddress(input)).toMatchObject({ kind: "valid", address });
  });

  it.each([
    "",
    "plain",
    "@example.com",
    "a@b",
    "a b@example.com",
    "a..b@example.com",
    ".a@example.com",
    "a@-x.example",
    "a@example..com",
    "a@1.2.3.4",
    "a@example.com\r\nBcc: x@example.org",
    `${"x".repeat(65)}@example.com`,
    "a@[127.0.0.1]",
  ])("refuses %j with a reason", (input) => {
    const check = checkAddress(input);
    expect(check.kind).toBe("invalid");
    expect(check).toHaveProperty("problem");
  });

  it("never passes a control character", () => {
    fc.assert(
      fc.property(fc.string(), (input) => {
        const check = checkAddress(input);
        if (check.kind === "valid") expect(hasControlCharacter(check.address)).toBe(false);
      }),
    );
  });
});

describe("retry rounds", () => {
  it("wait longer each time, jittered between half and all of the delay, and never beyond the cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (round, random) => {
          const full = Math.min(
            retryRoundBackoff.capMs,
            retryRoundBackoff.baseMs * retryRoundBackoff.factor ** (round - 1),
          );
          const waitMs = backoffMs(retryRoundBackoff, round, random);
          expect(waitMs).toBeGreaterThanOrEqual(full / 2 - 1);
          expect(waitMs).toBeLessThanOrEqual(full);
        },
      ),
    );
  });
});

describe("sends", () => {
  it("never leave cancelled, and a pause can always be taken back", () => {
    expect(sendStatuses.filter((to) => sendCanBecome("cancelled", to))).toEqual([]);
    for (const from of sendStatusesBefore("paused")) expect(sendCanBecome("paused", from)).toBe(true);
  });

  it("get smaller batches when they are slow", () => {
    expect(batchSizeFor(undefined)).toBe(maxBatchSize);
    expect(batchSizeFor(1_000)).toBe(maxBatchSize);
    expect(batchSizeFor(2)).toBe(60);
    expect(batchSizeFor(0.01)).toBe(10);
  });

  it("grow with the measured pace, up to what the send's own rate allows", () => {
    expect(nextBatchSize(maxBatchSize, null)).toBe(firstBatchSize);
    expect(nextBatchSize(60, null)).toBe(60);
    expect(nextBatchSize(maxBatchSize, { recipients: 1_000, elapsedMs: 2_000 })).toBe(1_000);
    expect(nextBatchSize(maxBatchSize, { recipients: 10_000, elapsedMs: 2_000 })).toBe(maxBatchSize);
    expect(nextBatchSize(maxBatchSize, { recipients: 10, elapsedMs: 60_000 })).toBe(firstBatchSize);
    expect(nextBatchSize(60, { recipients: 10_000, elapsedMs: 2_000 })).toBe(60);
  });

  it("are more at a time while slots are free, and fewer while they wait for one", () => {
    expect(nextWindow(6, 10)).toBe(7);
    expect(nextWindow(6, 1_000)).toBe(6);
    expect(nextWindow(6, 5_000)).toBe(5);
    expect(nextWindow(6, undefined)).toBe(6);
    expect(nextWindow(windowLimits.most, 0)).toBe(windowLimits.most);
    expect(nextWindow(windowLimits.least, 60_000)).toBe(windowLimits.least);
  });

  it("give each recipient one Message-ID, whatever the attempt", () => {
    const sendId = "0190a0b0-c0d0-7e0f-8a0b-0c0d0e0f1011";
    const id = messageId({ sendId, contactId: "42" }, "c0de", "example.com");
    expect(id).toBe(`<${sendId}.42.c0de@example.com>`);
  });
});
