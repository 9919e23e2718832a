import { describe, expect, it } from "vitest";
import { mailboxProviderOfDomain, parseMailboxProviderLimits } from "../../domain/mailbox-provider.js";
import { providerOfMailServers, providerShapes } from "../../domain/provider-shaping.js";

describe("Who runs a domain's mailboxes", () => {
  it.each([
    [["aspmx.l.google.com", "alt1.aspmx.l.google.com."], "gmail"],
    [["acme-com.mail.protection.outlook.com"], "office365"],
    [["hotmail-com.olc.protection.outlook.com"], "outlook"],
    [["MTA5.AM0.YAHOODNS.NET"], "yahoo"],
    [["mx01.mail.icloud.com"], "apple"],
    [["mx1.acme.example"], null],
    [["evilgoogle.com"], null],
    [["aspmx.l.google.com", "mx1.acme.example"], null],
    [[], null],
  ])("is told by its mail servers: %j", (hosts, provider) => {
    expect(providerOfMailServers(hosts)).toBe(provider);
  });
});

describe("What mailbox providers take", () => {
  it("is known of each whose domains are known, with a source", () => {
    for (const provider of mailboxProviderOfDomain.values())
      expect(providerShapes[provider]?.source, provider).toMatch(/https:|KumoMTA/);
  });

  it("stands for `defaults`, and what comes behind counts", () => {
    const limits = parseMailboxProviderLimits("defaults, gmail=9/90, apple=1/2@0.5");
    if ("problem" in limits) throw new Error(limits.problem);
    expect(limits.get("gmail")).toEqual({ connections: 9, messagesPerConnection: 90 });
    expect(limits.get("yahoo")).toEqual({ connections: 10, messagesPerConnection: 20, perSecond: 100 });
    expect(limits.get("apple")).toEqual({ connections: 1, messagesPerConnection: 2, perSecond: 0.5 });
    expect(limits.has("other")).toBe(false);
  });
});
