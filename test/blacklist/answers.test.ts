import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPacedQuestions, createResolver } from "../../dns/resolver.js";
import {
  blacklistQuery,
  judgeSelfTest,
  nibblesOf,
  readAnswer,
  type DnsAnswer,
} from "../../domain/blacklist-answers.js";
import { changeOf, statusAfter } from "../../domain/blacklist-changes.js";
import { defaultBlacklists, parseBlacklists, type Blacklist } from "../../domain/blacklists.js";
import { startZoneServer, type ZoneServer } from "../support/zone-server.js";

const zen = list("zen.spamhaus.org");
const dbl = list("dbl.spamhaus.org");
const surbl = list("multi.surbl.org");

function list(zone: string): Blacklist {
  const found = defaultBlacklists.find((one) => one.zone === zone);
  if (!found) throw new Error(zone);
  return found;
}

const addresses = (...all: string[]): DnsAnswer => ({ kind: "addresses", addresses: all });
const none: DnsAnswer = { kind: "none" };

describe("A question to a blacklist", () => {
  it("turns IPv4 around, octet by octet, and IPv6 nibble by nibble (RFC 5782, 2.1 and 2.4)", () => {
    expect(blacklistQuery("192.0.2.99", "ipv4", "bad.example.com")).toBe("99.2.0.192.bad.example.com");
    expect(blacklistQuery("2001:db8:1:2:3:4:567:89ab", "ipv6", "ugly.example.com")).toBe(
      "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com",
    );
    expect(blacklistQuery("example.net", "domain", "dbl.example.com")).toBe("example.net.dbl.example.com");
  });

  it("reads every notation of an IPv6 address as the same one", () => {
    const ip = fc.ipV6();
    fc.assert(
      fc.property(ip, (text) => {
        // ipaddr.js takes ::1.2.3.4 for a mapped address; a URL writes all in hexadecimal.
        const hexadecimal = new URL(`http://[${text}]`).hostname.slice(1, -1);
        const bytes = ipaddr.parse(hexadecimal).toByteArray();
        expect(nibblesOf(text).join("")).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });
});

describe("An answer of a blacklist", () => {
  it("lists with what its codes mean", () => {
    expect(readAnswer(zen, addresses("127.0.0.4", "127.0.0.2"))).toEqual({
      kind: "listed",
      codes: ["127.0.0.2", "127.0.0.4"],
      meaning: "SBL: a source of spam; XBL: exploited or infected",
    });
    expect(readAnswer(surbl, addresses("127.0.0.80"))).toMatchObject({
      meaning: "MW: malware; ABUSE: spam",
    });
    expect(readAnswer(zen, addresses("127.0.0.77"))).toMatchObject({ meaning: "listed (127.0.0.77)" });
  });

  it("is clean when there is no such name", () => {
    expect(readAnswer(zen, none)).toEqual({ kind: "clean" });
  });

  it("is an error, and never a listing, when the list refuses, or answers what no list does", () => {
    for (const address of [
      "127.255.255.252",
      "127.255.255.254",
      "127.255.255.255",
      "127.255.255.1",
      "192.0.2.1",
    ])
      expect(readAnswer(zen, addresses("127.0.0.2", address)).kind, address).toBe("error");
    expect(readAnswer(dbl, addresses("127.0.1.255")).kind).toBe("error");
    expect(readAnswer(surbl, addresses("127.0.0.1")).kind).toBe("error");
    expect(readAnswer(zen, { kind: "failed", reason: "silent" })).toEqual({
      kind: "error",
      reason: "silent",
    });
  });
});

describe("A list is believed", () => {
  it("when it lists what every list lists, and not what none does", () => {
    expect(judgeSelfTest(zen, [addresses("127.0.0.2")], none)).toEqual({ kind: "healthy" });
    expect(judgeSelfTest(dbl, [none, addresses("127.0.1.2")], none)).toEqual({ kind: "healthy" });
  });

  it("not when it lists everything, nothing, refuses, or is silent", () => {
    const said = (listed: DnsAnswer, clean: DnsAnswer) => judgeSelfTest(zen, [listed], clean);
    expect(said(addresses("127.0.0.2"), addresses("127.0.0.2"))).toMatchObject({
      reason: "It lists everything: also what no list may have (RFC 5782, 5).",
    });
    expect(said(none, none)).toMatchObject({ kind: "broken" });
    expect(said(addresses("127.255.255.254"), addresses("127.255.255.254"))).toMatchObject({
      reason: expect.stringContaining("public resolver") as string,
    });
    expect(said({ kind: "failed", reason: "silent" }, none)).toEqual({ kind: "broken", reason: "silent" });
  });
});

describe("How something stands", () => {
  it("is not changed by an error: a listing is not over because its list is silent", () => {
    const error = { kind: "error", reason: "silent" } as const;
    expect(statusAfter("listed", error)).toBe("listed");
    expect(changeOf("listed", statusAfter("listed", error))).toBeNull();
    expect(changeOf("unknown", "clean")).toBeNull();
    expect(changeOf("unknown", "listed")).toBe("listed");
    expect(changeOf("listed", "clean")).toBe("delisted");
  });
});

describe("BLACKLISTS", () => {
  it("is Floe's own choice, none, or what it names", () => {
    expect(parseBlacklists("")).toBe(defaultBlacklists);
    expect(parseBlacklists("off")).toEqual([]);
    expect(parseBlacklists("zen.spamhaus.org, bl.corp.example=ipv4+domain")).toEqual([
      zen,
      { zone: "bl.corp.example", kinds: ["ipv4", "domain"], codes: {} },
    ]);
  });

  it.each([
    ["bl.corp.example", "must say of bl.corp.example what it lists"],
    ["bl.corp.example=ipv5", "must say of bl.corp.example what it lists"],
    ["nonsense", 'has "nonsense"'],
  ])("says what is wrong with %s", (text, problem) => {
    expect(parseBlacklists(text)).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});

describe("Asking a name server", () => {
  let server: ZoneServer;
  beforeAll(async () => {
    server = await startZoneServer((name) =>
      name.startsWith("listed.") ? ["127.0.0.2"] : name.startsWith("silent.") ? "silent" : "none",
    );
  });
  afterAll(() => server.close());

  it("keeps answers, and never asks faster than it may", async () => {
    const ask = createPacedQuestions(createResolver([server.server]), { perSecond: 50 });
    const began = performance.now();
    const names = Array.from({ length: 11 }, (_, i) => `${i}.clean.test`);
    await Promise.all([...names, ...names].map((name) => ask(name)));
    // Eleven questions at fifty a second: ten gaps of 20 ms; the repeated ones were not asked.
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
    expect(server.asked.filter((asked) => asked.includes("clean.test"))).toHaveLength(11);
    expect(await ask("listed.test")).toEqual(addresses("127.0.0.2"));
  });

  it("says of a silent server that it is silent, and asks it again the next time", async () => {
    const ask = createPacedQuestions(createResolver([server.server], 100), { perSecond: 1_000 });
    expect(await ask("silent.test")).toEqual({
      kind: "failed",
      reason: "The name server did not answer in time.",
    });
    const before = server.asked.length;
    await ask("silent.test");
    expect(server.asked.length).toBeGreaterThan(before);
  });
});
