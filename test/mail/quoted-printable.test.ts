import fc from "fast-check";
import * as qp from "nodemailer/lib/qp";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { QuotedPrintableWriter } from "../../mail/quoted-printable.js";

function encodeQuotedPrintable(text: string): string {
  const writer = new QuotedPrintableWriter();
  writer.write(text);
  writer.finish();
  return writer.encoded;
}

function decode(encoded: string): string {
  const octets = encoded
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, "latin1").toString("utf8");
}

describe("quoted-printable", () => {
  const pieces = fc.constantFrom(
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "=",
    ".",
    "a",
    "é",
    "€",
    "😀",
    "x".repeat(74),
    "x".repeat(76),
    "=3D",
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((list) => list.join("")),
    fc.string({ unit: "binary" }),
  );

  it("keeps every text, in lines of at most 76 characters without white space at their end", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const encoded = encodeQuotedPrintable(text);
        expect(decode(encoded)).toBe(Buffer.from(text.replaceAll(/\r\n|\r|\n/g, "\r\n")).toString());
        for (const line of encoded.split("\r\n")) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).toMatch(/^(?:[\t\x20-<>-~]|=[0-9A-F]{2})*=?$/);
          expect(line).not.toMatch(/[ \t]$/);
          expect(line).not.toMatch(/^\./);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read by a mail parser as nodemailer's is", async () => {
    const text = "Grüße = 100 % \t\r\n.\r\n  ende ".repeat(30);
    const read = async (encoded: string) => {
      const head =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
      return (await PostalMime.parse(head + encoded)).text;
    };
    const ours = await read(encodeQuotedPrintable(text));
    expect(ours).toBe(await read(qp.wrap(qp.encode(text))));
  });
});
