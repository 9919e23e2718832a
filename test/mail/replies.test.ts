import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyReply, readReply } from "../../domain/replies.js";

/** What servers say, and what it means: kind and reason, and the wait when one is named. */
const table: [string, string, number?][] = [
  // Pace.
  [
    "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.",
    "deferred throttled",
  ],
  [
    "421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to unexpected volume",
    "deferred throttled",
    7_200_000,
  ],
  ["421 4.7.0 [TSS05] temporarily deferred due to user complaints", "deferred throttled", 14_400_000],
  ["451 4.7.500 Server busy. Please try again later from [1.2.3.4]. (S77719)", "deferred throttled"],
  [
    "451 4.7.650 The mail server [1.2.3.4] has been temporarily rate limited due to IP reputation.",
    "deferred throttled",
  ],
  ["421 RP-001 (BAY) Unfortunately, some messages from 1.2.3.4 weren't sent.", "deferred throttled"],
  ["454 Throttling failure: Maximum sending rate exceeded.", "deferred throttled", 1_000],
  ["454 Throttling failure: Daily message quota exceeded.", "deferred throttled", 3_600_000],
  ["550 5.4.5 Daily user sending limit exceeded.", "deferred throttled", 3_600_000],
  ["421 4.7.0 Too many connections from your host", "deferred throttled"],
  ["452 4.5.3 Too many messages in this session; try again in 5 minutes", "deferred throttled", 300_000],
  // The recipient's own state.
  [
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery",
    "deferred temporary",
  ],
  ["451 4.7.1 Greylisted, please try again in 300 seconds", "deferred greylisted", 300_000],
  ["450 4.2.0 <ada@x.test>: Recipient address rejected: Greylisted", "deferred greylisted"],
  ["452 4.2.2 The email account that you tried to reach is over quota.", "deferred mailbox-full"],
  ["552 5.2.2 Mailbox full", "deferred mailbox-full"],
  ["552 Requested mail action aborted: exceeded storage allocation", "deferred mailbox-full"],
  ["550 Mailbox is full", "deferred mailbox-full"],
  ["451 4.3.0 Temporary server error", "deferred temporary"],
  ["452 4.3.1 Insufficient system storage", "deferred temporary"],
  ["421 4.3.2 Service shutting down", "deferred temporary"],
  ["451 Requested action aborted", "deferred temporary"],
  ["550 5.4.4 Unable to route", "deferred temporary"],
  // Bad addresses, the only ones that are suppressed.
  ["550 5.1.1 The email account that you tried to reach does not exist.", "rejected bad-address"],
  ["550 5.1.10 RESOLVER.ADR.RecipientNotFound", "rejected bad-address"],
  ["556 5.1.10 Recipient address has null MX", "rejected bad-address"],
  ["550 5.2.1 The email account that you tried to reach is disabled.", "rejected bad-address"],
  ["550 5.4.1 Recipient address rejected: Access denied.", "rejected bad-address"],
  ["550 5.7.17 Mailbox owner has changed", "rejected bad-address"],
  ["550 No such user here", "rejected bad-address"],
  ["550 user unknown", "rejected bad-address"],
  ["550 5.1.0 <x@y.test>: User unknown in virtual mailbox table", "rejected bad-address"],
  [
    "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0]",
    "rejected bad-address",
  ],
  ["553 Mailbox name invalid: unknown recipient", "rejected bad-address"],
  // Policy, content, ourselves: never suppressed.
  ["554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org", "rejected policy"],
  [
    "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. (S3150) part of their network is on our block list",
    "rejected policy",
  ],
  ["550 5.7.606 Access denied, banned sending IP", "rejected policy"],
  ["554 Transaction failed", "rejected policy"],
  ["554 5.7.1 <ada@x.test>: Recipient address rejected: Access denied", "rejected policy"],
  ["550 Denied by policy", "rejected policy"],
  ["550 5.7.1 Message rejected as spam by Content Filtering.", "rejected content"],
  ["554 5.6.0 Corrupt message content", "rejected content"],
  ["550 This message contains a virus", "rejected content"],
  [
    "552 5.7.0 This message was blocked because its content presents a potential security issue.",
    "rejected content",
  ],
  ["550 5.7.26 This mail has been blocked because the sender is unauthenticated.", "rejected our-fault"],
  [
    "550 5.7.515 Access denied, sending domain doesn't meet the required authentication level.",
    "rejected our-fault",
  ],
  ["550 5.1.8 Bad sender's system address", "rejected our-fault"],
  ["553 5.1.7 Sender address rejected", "rejected our-fault"],
  ["554 5.7.1 <ada@x.test>: Relay access denied", "rejected our-fault"],
  ["530 5.7.0 Must issue a STARTTLS command first", "rejected our-fault"],
  ["535 5.7.8 Authentication credentials invalid", "rejected our-fault"],
  ["503 5.5.1 Bad sequence of commands", "rejected our-fault"],
  ["501 Syntax error", "rejected our-fault"],
  ["552 5.3.4 Message size exceeds fixed limit", "rejected too-large"],
  ["552 Message size exceeds maximum permitted", "rejected too-large"],
  ["550 5.2.3 Message too large for this recipient", "rejected too-large"],
];

describe("the meaning of a reply", () => {
  for (const [raw, expected, retryAfterMs] of table) {
    it(`${raw.slice(0, 60)} is ${expected}`, () => {
      const reply = readReply(raw);
      if (!reply) throw new Error("no reply");
      const outcome = classifyReply(reply);
      expect(`${outcome.kind} ${outcome.reason}`).toBe(expected);
      expect(outcome.kind === "deferred" ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
    });
  }

  it("never makes an address bad by a bare code", () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 599 }), (code) => {
        expect(classifyReply({ code, text: "" }).reason).not.toBe("bad-address");
      }),
    );
  });
});

describe("reading a reply", () => {
  it("joins lines, takes the enhanced code out, and cuts addresses", () => {
    const raw =
      "550-5.1.1 <Ada.L+x@lovelace.test>: unknown\r\n550-5.1.1 see mailto:postmaster@x.test\n550 5.1.1 bye gsmtp";
    expect(readReply(raw)).toEqual({
      code: 550,
      enhanced: "5.1.1",
      text: "<address>: unknown see mailto:<address> bye gsmtp",
    });
  });

  it("bounds the text", () => {
    expect(readReply(`250 ${"x".repeat(5_000)}`)?.text).toHaveLength(500);
  });

  it("is null for what is no reply", () => {
    for (const raw of ["", "hello", "25", "2500 x", "999 x", "\r\n"]) expect(readReply(raw)).toBeNull();
    expect(readReply("250")).toEqual({ code: 250, text: "" });
  });

  it("never keeps an address", () => {
    fc.assert(
      fc.property(
        fc.emailAddress(),
        fc.constantFrom("<%>", "%", "(%)", "user %, unknown", "to=<%>:"),
        (email, frame) => {
          expect(readReply(`550 5.1.1 ${frame.replace("%", () => email)}`)?.text).not.toContain(email);
        },
      ),
    );
  });
});
