import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { UnreadableReport } from "../../domain/dmarc.js";
import { readDmarcReport } from "../../mail/dmarc/report.js";
import { google, shapes, zipOf } from "./samples.js";

const read = (file: string | Buffer) => readDmarcReport(Buffer.from(file));
const xml = google({ domain: "shop.example" });

describe("a report of", () => {
  it.each(Object.entries(shapes))("%s is read", async (_reporter, text) => {
    const report = await read(text);
    expect(report).toMatchObject({ domain: "shop.example", reporterId: "x!1", policy: { p: "reject" } });
    expect(report.records).toMatchObject([
      {
        sourceIp: "192.0.2.1",
        messages: 3,
        dkimAligned: true,
        spfAligned: false,
        headerFrom: "shop.example",
      },
    ]);
  });

  it("Google is read alike as XML, in gzip and in zip", async () => {
    const report = await read(xml);
    expect(report.records.map(({ messages }) => messages)).toEqual([180, 12, 8]);
    expect(report.records[2]?.dkim).toEqual([{ domain: "esp.example", selector: "s1", result: "pass" }]);
    expect(await read(gzipSync(xml))).toEqual(report);
    expect(await read(await zipOf({ "google.com!shop.example!1!2.xml": xml }))).toEqual(report);
    expect(await read(Buffer.from(`\ufeff${xml.replace("UTF-8", "UTF-16")}`, "utf16le"))).toEqual(report);
  });

  it("RFC 9990 has what it adds", async () => {
    const { policy } = await read(shapes["RFC 9990"] ?? "");
    expect(policy).toMatchObject({ np: "reject", adkim: "s", isTesting: true, pct: null });
  });
});

const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${"bcdefgh"
  .split("")
  .map((name, i) => `<!ENTITY ${name} "${`&${"abcdefg"[i]};`.repeat(10)}">`)
  .join("")}]>`;
const inFeedback = (inner: string): string => `<feedback>${inner}</feedback>`;

const hostile: [name: string, file: () => string | Buffer | Promise<Buffer>, why: RegExp][] = [
  ["nothing", () => "", /is empty/],
  ["no XML", () => "hello", /no well-formed XML/],
  ["other XML", () => "<html></html>", /root is not <feedback>/],
  ["billion laughs", () => laughs + inFeedback("&h;"), /DOCTYPE/],
  [
    "an entity of a file",
    () => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${inFeedback("&e;")}`,
    /DOCTYPE/,
  ],
  ["an unknown entity", () => inFeedback("&eacute;"), /no well-formed XML/],
  ["a gzip bomb", () => gzipSync(Buffer.alloc(80_000_000, " ")), /200 times its size/],
  [
    "a gzip of too much",
    () => gzipSync(inFeedback(`<a>${" ".repeat(100)}</a>\n`.repeat(700_000)), { level: 0 }),
    /larger than 10 MiB/,
  ],
  ["a zip bomb", () => zipOf({ "a.xml": Buffer.alloc(80_000_000, " ") }), /200 times its size/],
  ["a zip of two", () => zipOf({ "a.xml": xml, "b.xml": xml }), /holds 2 files/],
  ["a zip of none", () => zipOf({}), /holds no file/],
  [
    "a zip of many",
    () => zipOf(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.xml`, xml]))),
    /more than 20 files/,
  ],
  ["a zip in a zip", async () => zipOf({ "a.zip": await zipOf({ "a.xml": xml }) }), /packed twice/],
  ["a gzip in a gzip", () => gzipSync(gzipSync(xml)), /packed twice/],
  ["a gzip that is cut off", () => gzipSync(xml).subarray(0, 200), /damaged or cut off/],
  [
    "a zip that is cut off",
    async () => (await zipOf({ "a.xml": xml })).subarray(0, 200),
    /damaged or cut off/,
  ],
  ["XML that is cut off", () => xml.slice(0, 900), /no well-formed XML/],
  ["depth", () => "<a>".repeat(100), /12 deep/],
  ["elements without end", () => inFeedback("<a/>".repeat(100_000)), /more than 500 elements/],
  ["a text without end", () => inFeedback(`<a>${"x".repeat(100_000)}</a>`), /longer than 1000 characters/],
  [
    "attributes without end",
    () => `<feedback ${Array.from({ length: 50_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`,
    /more than 20 attributes/,
  ],
  ["no records", () => xml.replace(/<record>[^]*<\/record>/, ""), /has no record/],
  ["no address", () => xml.replace("203.0.113.9", "x"), /Record 2: source_ip is "x"/],
  ["a count that is none", () => xml.replace("<count>12<", "<count>-1<"), /Record 2: count is "-1"/],
  ["days to come", () => google({ domain: "shop.example", begin: 9_999_999_999 }), /begin is "9999999999"/],
  ["no domain", () => xml.replace("<domain>shop.example", "<domain>a b"), /domain is "a b"/],
  ["an encoding that is none", () => xml.replace("UTF-8", "EBCDIC-X"), /encoding EBCDIC-X is not known/],
  [
    "bytes of another encoding",
    () => Buffer.from(xml.replace("google.com", "g\u00fcgel"), "latin1"),
    /not written in the encoding/,
  ],
];

describe("What is refused, with why:", () => {
  it.each(hostile)("%s", async (_name, file, why) => {
    const refused = await read(await file()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnreadableReport);
    expect((refused as Error).message).toMatch(why);
  });

  it("whatever bytes, and whatever was done to a report", async () => {
    const packed = [Buffer.from(xml), gzipSync(xml), await zipOf({ "a.xml": xml })];
    const broken = fc
      .record({
        file: fc.constantFrom(...packed),
        at: fc.nat(3_000),
        bytes: fc.uint8Array({ maxLength: 20 }),
        end: fc.nat(4_000),
      })
      .map(({ file, at, bytes, end }) => {
        const changed = Buffer.from(file);
        changed.set(bytes.slice(0, Math.max(changed.length - (at % changed.length), 0)), at % changed.length);
        return changed.subarray(0, Math.max(end, 1));
      });
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
      broken,
    );
    await fc.assert(
      fc.asyncProperty(any, async (file) => {
        const result = await read(file).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(UnreadableReport);
        else expect(result).toHaveProperty("records");
      }),
      { numRuns: 300 },
    );
  });
});
