import { describe, expect, it } from "vitest";
import { readMtaStsPolicy, spfTerms, tagsOf } from "../../domain/dns-records.js";
import { overallStatus, type DomainCheckName, type DomainFacts } from "../../domain/domain-checks.js";
import { judgeDomain } from "../../domain/domain-judgement.js";

const rsa = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
const found = (...texts: string[]) => ({ kind: "found", texts }) as const;
const none = { kind: "none" } as const;
const failed = { kind: "failed", reason: "The name server did not answer in time." } as const;

/** A domain of which everything is well. */
const well: DomainFacts = {
  ...{ domain: "shop.example", organizationalDomain: "shop.example" },
  spf: {
    answer: found("v=spf1 ip4:45.67.89.10 -all"),
    cost: { lookups: 0, voidLookups: 0, problem: null },
  },
  dkim: [{ selector: "s1", name: "s1._domainkey.shop.example", expected: rsa, answer: found(rsa) }],
  dmarc: { at: "shop.example", answer: found("v=DMARC1; p=reject; rua=mailto:d@shop.example") },
  mx: { kind: "found", hosts: [{ host: "mx.shop.example", priority: 10 }] },
  addresses: [
    {
      ...{ nodeId: "n1", address: "45.67.89.10", names: ["out.shop.example"], confirmed: true },
      spf: { mailFrom: "shop.example", result: "pass" },
    },
  ],
  returnPaths: [{ nodeId: "n1", domain: "shop.example", organizationalDomain: "shop.example" }],
  mtaSts: {
    answer: found("v=STSv1; id=20260101"),
    policy: found("version: STSv1\r\nmode: enforce\r\nmx: *.shop.example\r\nmax_age: 604800\r\n"),
  },
  tlsRpt: found("v=TLSRPTv1; rua=mailto:tls@shop.example"),
  bimi: found("v=BIMI1; l=https://shop.example/logo.svg"),
};

function judge(check: DomainCheckName, change: Partial<DomainFacts>) {
  const finding = judgeDomain({ ...well, ...change }).find((one) => one.check === check);
  if (!finding) throw new Error(check);
  return finding;
}

const spf = (text: string, cost = {}) => ({
  spf: { answer: found(text), cost: { lookups: 0, voidLookups: 0, problem: null, ...cost } },
});
const dmarc = (text: string, at = "shop.example") => ({ dmarc: { at, answer: found(text) } });
const dkim = (answer: DomainFacts["dmarc"]["answer"], expected = rsa) => ({
  dkim: [{ selector: "s1", name: "s1._domainkey.shop.example", expected, answer }],
});
const policy = (text: string) => ({
  mtaSts: { ...well.mtaSts, policy: found(`version: STSv1\n${text}\nmax_age: 86400`) },
});

describe("What is found of a domain", () => {
  it("is all well when it is", () => {
    const findings = judgeDomain(well);
    expect(findings.filter(({ status }) => status !== "pass")).toEqual([]);
    expect(overallStatus(findings)).toBe("pass");
  });

  const cases: [DomainCheckName, string, Partial<DomainFacts>, string, string][] = [
    ["spf", "no record", { spf: { answer: none, cost: null } }, "fail", "no SPF record"],
    [
      "spf",
      "two records",
      { spf: { answer: found("v=spf1 -all", "v=spf1 ~all"), cost: null } },
      "fail",
      "2 SPF records",
    ],
    [
      "spf",
      "another's TXT beside it",
      { spf: { answer: found("google-site=1", "v=spf1 ~all"), cost: null } },
      "pass",
      "One record",
    ],
    ["spf", "a word it does not know", spf("v=spf1 ipv4:1.2.3.4 -all"), "fail", "no mechanism"],
    ["spf", "eleven lookups", spf("v=spf1 -all", { lookups: 11 }), "fail", "11 lookups"],
    ["spf", "three void lookups", spf("v=spf1 -all", { lookups: 3, voidLookups: 3 }), "fail", "3 of them"],
    ["spf", "nine lookups", spf("v=spf1 -all", { lookups: 9 }), "warning", "9 of 10"],
    ["spf", "+all", spf("v=spf1 +all"), "fail", "everybody"],
    ["spf", "a bare all", spf("v=spf1 all"), "fail", "everybody"],
    ["spf", "no all", spf("v=spf1 mx"), "warning", "everybody else"],
    ["spf", "a redirect in its place", spf("v=spf1 redirect=_spf.example"), "pass", "One record"],
    [
      "spf",
      "an address of ours that it refuses",
      {
        addresses: [{ ...well.addresses[0]!, spf: { mailFrom: "bounce.example", result: "fail" } }],
      },
      "fail",
      "bounce.example does not let 45.67.89.10",
    ],
    ["spf", "a silent server", { spf: { answer: failed, cost: null } }, "unknown", "in time"],
    ["dkim", "no key", { dkim: [] }, "fail", "No key"],
    ["dkim", "a key that is not published", dkim(none), "fail", "not published"],
    ["dkim", "another key", dkim(found("v=DKIM1; p=BBBB")), "fail", "another key"],
    ["dkim", "a revoked key", dkim(found("v=DKIM1; p=")), "fail", "revoked"],
    ["dkim", "blanks within the key", dkim(found(rsa.replace("AA", "A A"))), "pass", "s1"],
    ["dkim", "a test flag", dkim(found(`${rsa}; t=y:s`)), "warning", "t=y"],
    [
      "dkim",
      "1024 bits",
      dkim(found(`v=DKIM1; p=${"A".repeat(216)}`), `v=DKIM1; k=rsa; p=${"A".repeat(216)}`),
      "warning",
      "shorter",
    ],
    ["dmarc", "none", { dmarc: { at: "shop.example", answer: none } }, "fail", "no DMARC"],
    ["dmarc", "a policy that is none", dmarc("v=DMARC1; p=nothing"), "fail", '"nothing"'],
    ["dmarc", "only watching", dmarc("v=DMARC1; p=none; rua=mailto:a@b.example"), "warning", "p=none"],
    ["dmarc", "no reports", dmarc("v=DMARC1; p=reject"), "warning", "nobody"],
    ["dmarc", "half of it", dmarc("v=DMARC1; p=reject; rua=mailto:a@b.example; pct=50"), "warning", "50 %"],
    [
      "dmarc",
      "the organizational domain's, by sp",
      dmarc("v=DMARC1; p=reject; sp=none; rua=mailto:a@b.example", "example"),
      "warning",
      "p=none of example",
    ],
    [
      "dmarc",
      "no alignment",
      {
        dkim: [],
        returnPaths: [{ nodeId: "n1", domain: "esp.test", organizationalDomain: "esp.test" }],
      },
      "fail",
      "aligned",
    ],
    [
      "dmarc",
      "relaxed alignment of SPF alone",
      {
        dkim: [],
        returnPaths: [{ nodeId: "n1", domain: "b.shop.example", organizationalDomain: "shop.example" }],
      },
      "pass",
      "aligned",
    ],
    [
      "dmarc",
      "strict alignment of SPF alone",
      {
        dkim: [],
        ...dmarc("v=DMARC1; p=reject; aspf=s; rua=mailto:a@b.example"),
        returnPaths: [{ nodeId: "n1", domain: "b.shop.example", organizationalDomain: "shop.example" }],
      },
      "fail",
      "aligned",
    ],
    ["mx", "none", { mx: none }, "warning", "no MX"],
    ["mx", "null MX", { mx: { kind: "found", hosts: [{ host: "", priority: 0 }] } }, "fail", "null MX"],
    ["ptr", "no known address", { addresses: [] }, "optional", "not known"],
    ["ptr", "no name", { addresses: [{ ...well.addresses[0]!, names: [] }] }, "fail", "no name"],
    [
      "ptr",
      "a name that leads elsewhere",
      { addresses: [{ ...well.addresses[0]!, confirmed: false }] },
      "fail",
      "does not lead back",
    ],
    [
      "ptr",
      "a silent server",
      { addresses: [{ ...well.addresses[0]!, names: null }] },
      "unknown",
      "looked up",
    ],
    ["mta_sts", "none", { mtaSts: { answer: none, policy: none } }, "optional", "None"],
    [
      "mta_sts",
      "a policy that cannot be read",
      { mtaSts: { ...well.mtaSts, policy: failed } },
      "fail",
      "in time",
    ],
    [
      "mta_sts",
      "a host it does not name",
      policy("mode: enforce\nmx: *.a.example"),
      "fail",
      "mx.shop.example",
    ],
    ["mta_sts", "two labels for one star", policy("mode: enforce\nmx: *.example"), "fail", "mx.shop.example"],
    ["mta_sts", "testing", policy("mode: testing\nmx: mx.shop.example"), "warning", "testing"],
    ["tls_rpt", "none", { tlsRpt: none }, "optional", "None"],
    ["tls_rpt", "nobody named", { tlsRpt: found("v=TLSRPTv1; rua=") }, "fail", "nobody"],
    ["bimi", "none", { bimi: none }, "optional", "None"],
    ["bimi", "no svg", { bimi: found("v=BIMI1; l=http://shop.example/logo.png") }, "fail", "no logo"],
    [
      "bimi",
      "DMARC that only watches",
      dmarc("v=DMARC1; p=none; rua=mailto:a@b.example"),
      "warning",
      "not shown",
    ],
  ];
  it.each(cases)("%s: %s", (check, _, change, status, words) => {
    const finding = judge(check, change);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(words);
    if (status === "fail") expect(finding.advice).not.toBeNull();
  });

  it("names the record to publish", () => {
    expect(judge("spf", { spf: { answer: none, cost: null } }).record).toEqual({
      ...{ name: "shop.example", value: "v=spf1 ip4:45.67.89.10 ~all" },
    });
    expect(judge("dkim", dkim(none)).record).toEqual({ name: "s1._domainkey.shop.example", value: rsa });
  });
});

describe("Records", () => {
  it("are read as their RFCs say", () => {
    expect(tagsOf("v=DMARC1; P = none ;p=reject; broken")).toEqual(
      new Map([
        ["v", "DMARC1"],
        ["p", "none"],
      ]),
    );
    expect(spfTerms("v=spf1 +a:x.example/24 ?mx ~include:y.example exp=z.example")).toEqual([
      { qualifier: "+", name: "a", value: "x.example/24" },
      { qualifier: "?", name: "mx", value: "" },
      { qualifier: "~", name: "include", value: "y.example" },
      { qualifier: "+", name: "exp", value: "z.example" },
    ]);
    expect(readMtaStsPolicy("version: STSv1\nmode: enforce\nmax_age: 1")).toEqual({
      problem: "it names no mx",
    });
  });
});
