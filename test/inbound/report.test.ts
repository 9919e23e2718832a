import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inboundKinds } from "../../domain/bounces.js";
import { readReport } from "../../mail/inbound/report.js";
import { createReturnPaths } from "../../mail/return-path.js";
import { tokens } from "../support/composing.js";
import { dsn, dsnSamples, feedback, noSuchUser, plain, plainSamples } from "./samples.js";

const returnPaths = createReturnPaths("a secret for tests");
const signatures = { tokens, returnPaths };
const read = (text: string) => readReport(Buffer.from(text), signatures);

test.each(dsnSamples)("a report by $system is $bounceClass", async ({ status, diagnostic, bounceClass }) => {
  const { report } = await read(
    dsn(["Action: failed", `Status: ${status}`, `Diagnostic-Code: ${diagnostic}`]),
  );
  expect(report).toMatchObject({ kind: "bounce", bounceClass });
  expect(JSON.stringify(report)).not.toContain("@");
});

test.each(plainSamples)("words of $system without a report part are $bounceClass", async (sample) => {
  const { report } = await read(plain(["Subject: failure notice"], sample.text));
  expect(report).toMatchObject({ kind: "bounce", bounceClass: sample.bounceClass });
});

test("a delay is no failure, and nor is a delivery", async () => {
  expect((await read(dsn(["Action: delayed", "Status: 4.4.1"]))).report).toEqual({ kind: "delay" });
  expect((await read(dsn(["Action: delivered", "Status: 2.0.0"]))).report).toEqual({ kind: "other" });
});

test("only what a recipient said themselves is a complaint", async () => {
  expect((await read(feedback("abuse"))).report).toEqual({ kind: "complaint" });
  expect((await read(feedback("not-spam"))).report).toEqual({ kind: "other" });
  expect((await read(feedback("virus"))).report).toEqual({ kind: "other" });
});

test("automatic replies are known by their headers, and by their subject as a last resort", async () => {
  const kindOf = async (...headers: string[]) => (await read(plain(headers, "I am away."))).report.kind;
  expect(await kindOf("Auto-Submitted: auto-replied (vacation)")).toBe("auto-reply");
  expect(await kindOf("X-Autoreply: yes")).toBe("auto-reply");
  expect(await kindOf("Subject: Out of Office: back on Monday")).toBe("auto-reply");
  expect(await kindOf("Subject: Please confirm your email to reach me")).toBe("auto-reply");
  expect(await kindOf("Subject: Re: News")).toBe("other");
});

test("a person's words about a bounce are none", async () => {
  const text = "Hello, I got this from you: 550 5.1.1 User unknown. What does it mean?";
  expect((await read(plain(["Subject: Help"], text))).report).toEqual({ kind: "other" });
});

test("the recipient is the one whose link, signed by us, is in what was returned", async () => {
  const sendId = randomUUID();
  const link = `https://news.example.com/u/${tokens.recipientToken(sendId, "42")}`;
  expect((await read(dsn(noSuchUser, link))).recipient).toEqual({
    ...{ sendId, contactId: "42", isShared: true },
  });
  const forged = link.slice(0, -1) + (link.endsWith("A") ? "B" : "A");
  expect((await read(dsn(noSuchUser, forged))).recipient).toBeNull();
});

test("whatever comes is read without an error, and soon", async () => {
  const piece = fc.constantFrom(
    "Content-Type: multipart/report; boundary=b\r\n",
    "Content-Type: message/delivery-status\r\n",
    ...["\r\n--b\r\n", "--b--", "\r\n\r\n", "Action: failed\r\n", "Status: 5.1.1\r\n", "Status: \r\n"],
    ...[
      "Diagnostic-Code: smtp; 550",
      "Feedback-Type: abuse",
      "a".repeat(3_000),
      "@".repeat(3_000),
      "=?utf-8?q?",
    ],
  );
  const message = fc.oneof(
    fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join(""))),
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(message, async (raw) => {
      expect(inboundKinds).toContain((await readReport(raw, signatures)).report.kind);
    }),
    { numRuns: 300 },
  );
});

test("a report nested without an end is not followed", async () => {
  const nested = Array.from({ length: 500 }, (_, n) => [
    `Content-Type: multipart/mixed; boundary=b${n}`,
    "",
    `--b${n}`,
  ]);
  expect((await read(nested.flat().join("\r\n"))).report).toEqual({ kind: "other" });
});
