import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";
import { readExtensions } from "../../mail/smtp/extensions.js";
import { dotStuffed, withLineEnd } from "../../mail/smtp/message-octets.js";
import { ReplyReader, type WireReply } from "../../mail/smtp/reply-reader.js";
import { WaitingMessages } from "../../mail/smtp/waiting-messages.js";

function read(chunks: Buffer[]): { replies: WireReply[]; isSmtp: boolean } {
  const replies: WireReply[] = [];
  const reader = new ReplyReader();
  const isSmtp = chunks.every((chunk) => reader.read(chunk, (reply) => replies.push(reply)));
  return { replies, isSmtp };
}

describe("replies", () => {
  const code = fc.constantFrom(220, 250, 354, 421, 450, 550, 554);
  const text = fc.string({ unit: fc.constantFrom(..."ab -2é5"), maxLength: 12 });
  const reply = fc.record({ code, lines: fc.array(text, { minLength: 1, maxLength: 3 }) });

  it("are the same however the network cuts them", () => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom("\r\n", "\n"),
        (sent, sizes, lineEnd) => {
          const lines = sent.map(({ code, lines }) =>
            lines.map((line, i) => `${code}${i === lines.length - 1 ? " " : "-"}${line}`),
          );
          const bytes = Buffer.from(
            lines
              .flat()
              .map((line) => line + lineEnd)
              .join(""),
          );
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; at += sizes[(i - 1) % sizes.length] ?? 1)
            chunks.push(bytes.subarray(at, at + (sizes[i++ % sizes.length] ?? 1)));
          expect(read(chunks)).toEqual({
            isSmtp: true,
            replies: lines.map((own, i) => ({
              code: sent[i]?.code,
              raw: Buffer.from(own.join("\n")).toString("latin1"),
            })),
          });
        },
      ),
    );
  });

  it("that are none are told apart from those that are not complete yet", () => {
    expect(read([Buffer.from("25")])).toEqual({ isSmtp: true, replies: [] });
    for (const bytes of ["hello\r\n", "25\r\n", "999 no\r\n", "2500 no\r\n", "\r\n"])
      expect(read([Buffer.from(bytes)]).isSmtp).toBe(false);
    expect(read([Buffer.alloc(70_000, "2")]).isSmtp).toBe(false);
  });
});

describe("extensions", () => {
  it("are read from the reply to EHLO, whatever their case", () => {
    const ehlo = "250-mx.test greets\n250-pipelining\n250-SIZE 35882577\n250-8BITMIME\n250 CHUNKING";
    expect(readExtensions(ehlo)).toEqual({
      pipelining: true,
      chunking: true,
      eightBitMime: true,
      smtpUtf8: false,
      size: true,
      maxBytes: 35_882_577,
    });
    expect(readExtensions("250-mx.test\n250 SIZE")).toMatchObject({
      size: true,
      maxBytes: 0,
      chunking: false,
    });
  });
});

describe("a message's octets", () => {
  const line = fc.string({ unit: fc.constantFrom(".", "a", " ", "é"), maxLength: 4 });
  const message = fc
    .array(line, { minLength: 1, maxLength: 8 })
    .map((lines) => lines.join("\r\n"))
    .map((text) => Buffer.from(text));

  it("carry another dot where a line begins with one, and end their last line", () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const stuffed = Buffer.concat(dotStuffed(bytes)).toString();
        const whole = Buffer.concat(withLineEnd(bytes)).toString();
        expect(stuffed.endsWith("\r\n")).toBe(true);
        expect(`\r\n${stuffed}`).not.toContain("\r\n.\r\n");
        const plain = stuffed
          .split("\r\n")
          .map((own) => own.replace(/^\./, ""))
          .join("\r\n");
        expect(plain).toBe(whole);
      }),
    );
  });

  it("are not copied when there is nothing to add", () => {
    const bytes = Buffer.from("Subject: a\r\n\r\nb.\r\n");
    expect(dotStuffed(bytes)[0]?.buffer).toBe(bytes.buffer);
  });
});

describe("limits of mailbox providers", () => {
  const limits = new Map([["gmail", { connections: 1, messagesPerConnection: 3 }]]);

  function waitingFor(...addresses: string[]) {
    const waiting = new WaitingMessages(100, limits);
    const settled: string[] = [];
    for (const to of addresses) {
      const message: OutgoingMessage = {
        envelope: { from: "a@floe.test", to },
        bytes: Buffer.from(""),
        isUrgent: to.startsWith("urgent"),
        settle: () => void settled.push(to),
      };
      waiting.push(message);
    }
    return { waiting, settled };
  }
  const accepted: SendOutcome = { kind: "accepted", reply: { code: 250, text: "" } };

  it("are kept by urgent messages too, which pass all others", () => {
    const { waiting } = waitingFor(
      "1@other.test",
      "2@other.test",
      "urgent 1@gmail.com",
      "urgent 2@other.test",
    );
    const line = waiting.createLine();
    const order = [1, 2, 3, 4].map(() => line.take()?.message.envelope.to);
    expect(order).toEqual(["urgent 1@gmail.com", "urgent 2@other.test", "1@other.test", "2@other.test"]);
  });

  it("let others pass while the connections to one are taken", () => {
    const { waiting } = waitingFor("1@gmail.com", "2@gmail.com", "3@other.test", "4@gmail.com");
    const [first, second] = [waiting.createLine(), waiting.createLine()];
    expect(first.take()?.message.envelope.to).toBe("1@gmail.com");
    expect(second.take()?.message.envelope.to).toBe("3@other.test");
    expect(second.take()).toBeUndefined();
    expect(second.hasWork()).toBe(false);
    expect(waiting.hasWork()).toBe(false);
    // The same connection may have the next one on its way.
    expect(first.take()?.message.envelope.to).toBe("2@gmail.com");
  });

  it("free their place with the outcome, or when the message is given back", () => {
    const { waiting, settled } = waitingFor("1@gmail.com", "2@googlemail.com");
    const [first, second] = [waiting.createLine(), waiting.createLine()];
    const job = first.take();
    expect(second.take()).toBeUndefined();
    if (job) first.giveBack(job);
    const again = second.take();
    expect(again?.message.envelope.to).toBe("1@gmail.com");
    again?.settle(accepted);
    expect(settled).toEqual(["1@gmail.com"]);
    expect(first.take()?.message.envelope.to).toBe("2@googlemail.com");
  });

  it("wear a connection out, and leave the rest to another one", () => {
    const { waiting } = waitingFor(...[1, 2, 3, 4].map((n) => `${n}@gmail.com`));
    const line = waiting.createLine();
    for (let i = 0; i < 3; i++) line.take()?.settle(accepted);
    expect(line.wornOut()).toBe(true);
    expect(line.take()).toBeUndefined();
    expect(waiting.createLine().take()?.message.envelope.to).toBe("4@gmail.com");
  });
});
