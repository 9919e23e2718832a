import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inboundKinds, type InboundReport } from "../../domain/bounces.js";
import { readReport } from "../../mail/inbound/report.js";
import { createReturnPaths } from "../../mail/return-path.js";
import { tokens } from "../support/composing.js";

/** Whole messages as mail systems write them, about one recipient of one send; what is signed, with the secret of these tests. */
const folder = new URL("./samples/", import.meta.url);
const signatures = { tokens, returnPaths: createReturnPaths("a secret for tests") };
const recipient = { sendId: "0198c5d2-7b4e-7c11-9a63-2f1d5e8a9b70", contactId: "42" };

type About = "recipient" | "nobody" | "any";

/** File; kind, or class and code of a bounce; whom it is about. */
const samples: [string, string, About][] = [
  ["postfix", "hard 5.1.1", "recipient"],
  ["postfix-given-up", "soft 4.4.1", "recipient"],
  ["postfix-delayed", "delay", "recipient"],
  ["exim", "hard 5.0.0", "recipient"],
  ["exim-text", "hard 5.1.1", "recipient"],
  ["sendmail", "hard 5.1.1", "recipient"],
  ["qmail", "hard 5.1.1", "recipient"],
  ["qmail-quota", "soft 5.2.2", "recipient"],
  ["exchange-german", "hard 5.1.1", "recipient"],
  ["microsoft-365-french", "hard 5.1.10", "recipient"],
  ["outlook-com", "hard 5.5.0", "recipient"],
  ["gmail", "hard 5.1.1", "recipient"],
  ["google-workspace", "hard 5.2.1", "recipient"],
  ["gmail-full", "soft 5.2.2", "recipient"],
  ["yahoo", "hard 5.0.0", "recipient"],
  ["aol", "policy 5.7.9", "recipient"],
  ["icloud", "soft 5.2.2", "recipient"],
  ["zoho", "hard 5.1.1", "recipient"],
  ["fastmail", "hard 5.1.1", "recipient"],
  ["proton", "hard 5.1.1", "recipient"],
  ["gmx", "hard 5.1.1", "recipient"],
  ["web-de-full", "soft 5.2.2", "recipient"],
  ["mail-ru", "hard 5.0.0", "recipient"],
  ["yandex", "hard 5.7.1", "recipient"],
  ["proofpoint", "hard 5.1.1", "recipient"],
  ["mimecast", "policy 5.7.1", "recipient"],
  ["barracuda", "policy 5.7.1", "recipient"],
  ["ironport", "hard 5.1.0", "recipient"],
  ["amazon-ses", "hard 5.1.1", "recipient"],
  ["opensmtpd", "hard 5.1.1", "recipient"],
  ["courier", "hard 5.0.0", "recipient"],
  ["domino", "hard 5.1.1", "recipient"],
  ["groupwise", "hard 5.0.0", "recipient"],
  ["smtputf8", "hard 5.1.1", "recipient"],
  ["yahoo-cfl", "complaint", "recipient"],
  ["aol-scomp", "complaint", "recipient"],
  ["comcast", "complaint", "recipient"],
  ["not-spam", "other", "recipient"],
  ["microsoft-jmrp", "complaint", "recipient"],
  ["outlook-away-german", "auto-reply", "any"],
  ["gmail-vacation", "auto-reply", "any"],
  ["vacation-japanese", "auto-reply", "any"],
  ["challenge-boxtrapper", "auto-reply", "any"],
  ["reply-iphone", "reply", "recipient"],
  ["reply-asks-about-bounce", "reply", "recipient"],
  ["unsubscribe-apple-mail", "unsubscribe", "recipient"],
  ["newsletter", "other", "nobody"],
  ["forged-message-id", "hard 5.1.1", "nobody"],
];

const load = (name: string): Buffer => readFileSync(new URL(`${name}.eml`, folder));

test.each(samples)("%s is read as %s", async (name, what, about) => {
  const read = await readReport(load(name), signatures);
  expect(inWords(read.report)).toBe(what);
  if (about === "recipient") expect(read.recipient).toMatchObject(recipient);
  if (about === "nobody") expect(read.recipient).toBeNull();
  // Diagnostics are stored, addresses are not.
  expect(JSON.stringify(read.report)).not.toMatch(/ann@|jörg@/);
});

test("every sample has its expectation", () => {
  const files = readdirSync(folder).map((file) => file.replace(".eml", ""));
  expect(samples.map(([name]) => name).toSorted()).toEqual(files.toSorted());
});

function inWords(report: InboundReport): string {
  return report.kind === "bounce" ? `${report.bounceClass} ${report.enhancedCode ?? ""}` : report.kind;
}

/** One change of a message: bytes cut out, doubled, replaced, or taken from another message. */
const change = fc.record({
  kind: fc.constantFrom("cut", "double", "replace", "splice"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(400),
  bytes: fc.uint8Array({ maxLength: 40 }),
  other: fc.nat(samples.length - 1),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function mutate(raw: Buffer, { kind, at, length, bytes, other }: Change): Buffer {
  const from = Math.floor(at * raw.length);
  const [before, hit, after] = [
    raw.subarray(0, from),
    raw.subarray(from, from + length),
    raw.subarray(from + length),
  ];
  switch (kind) {
    case "double":
      return Buffer.concat([before, hit, hit, after]);
    case "replace":
      return Buffer.concat([before, bytes, after]);
    case "splice":
      return Buffer.concat([before, load(samples[other]?.[0] ?? "").subarray(from), after]);
    case "cut":
      return Buffer.concat([before, after]);
  }
}

test("samples that are damaged are read without an error, and never about somebody else", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...samples.map(([name]) => name)),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (name, changes) => {
        const read = await readReport(changes.reduce(mutate, load(name)), signatures);
        expect(inboundKinds).toContain(read.report.kind);
        if (read.recipient) expect(read.recipient).toMatchObject(recipient);
      },
    ),
    { numRuns: 500 },
  );
});
