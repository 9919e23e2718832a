/** From what DNS says of a domain to findings with advice. Sources stand at each rule. */
import { judgeDkim, judgeDmarc, judgeSpf, policyFor } from "./authentication-judgement.js";
import { coversHost, readMtaStsPolicy, recordsOf, tagsOf } from "./dns-records.js";
import { finding, unknown, type DomainFacts, type DomainFinding } from "./domain-checks.js";

export function judgeDomain(facts: DomainFacts): DomainFinding[] {
  return [
    judgeSpf(facts),
    judgeDkim(facts),
    judgeDmarc(facts),
    judgeMx(facts),
    judgePtr(facts),
    judgeMtaSts(facts),
    judgeTlsRpt(facts),
    judgeBimi(facts),
  ];
}

/** RFC 5321, 5.1; a null MX says that it takes no mail (RFC 7505), and receivers refuse what it sends (RFC 7505, 4.2). */
function judgeMx({ domain, mx }: DomainFacts): DomainFinding {
  if (mx.kind === "failed") return unknown("mx", mx.reason);
  if (mx.kind === "none")
    return finding(
      "mx",
      "warning",
      "There is no MX record: answers may not arrive.",
      `Name who takes the mail of ${domain}.`,
    );
  if (mx.hosts.some(({ host }) => host === "" || host === "."))
    return finding(
      "mx",
      "fail",
      "It says that it takes no mail (null MX).",
      "Send from a domain that can be answered.",
    );
  return finding("mx", "pass", mx.hosts.map(({ host }) => host).join(", "));
}

/** "Valid forward and reverse DNS records": https://support.google.com/mail/answer/81126; RFC 1912, 2.1. */
function judgePtr({ addresses }: DomainFacts): DomainFinding {
  if (addresses.length === 0)
    return finding(
      "ptr",
      "optional",
      "The addresses of its nodes are not known.",
      "Give nodes their sending_ips, to have them checked.",
    );
  for (const { address, nodeId, names, confirmed } of addresses) {
    if (names === null) return unknown("ptr", `The name of ${address} could not be looked up.`);
    if (names.length === 0)
      return finding(
        "ptr",
        "fail",
        `${address} (node ${nodeId}) has no name (PTR).`,
        "Ask who gave you the address to give it one.",
      );
    if (!confirmed)
      return finding(
        "ptr",
        "fail",
        `${address} is called ${names[0]}, which does not lead back to it.`,
        `Give ${names[0]} the address ${address}.`,
      );
  }
  return finding("ptr", "pass", [...new Set(addresses.flatMap(({ names }) => names ?? []))].join(", "));
}

/** RFC 8461: the record (3.1), the policy (3.2), and its hosts (4.1). It protects mail to the domain. */
function judgeMtaSts({ mtaSts: { answer, policy }, mx }: DomainFacts): DomainFinding {
  if (answer.kind === "failed") return unknown("mta_sts", answer.reason);
  const records = recordsOf(answer, "v=STSv1");
  if (records.length === 0)
    return finding(
      "mta_sts",
      "optional",
      "None: mail to it may travel in the clear.",
      "Worth having once its mail servers have good certificates.",
    );
  if (records.length > 1 || !/^[a-z0-9]{1,32}$/i.test(tagsOf(records[0] ?? "").get("id") ?? ""))
    return finding(
      "mta_sts",
      "fail",
      "Its record has no id of letters and digits, or there are several.",
      "Leave one, with an id.",
    );
  if (policy.kind !== "found")
    return finding(
      "mta_sts",
      "fail",
      policy.kind === "failed" ? policy.reason : "Its policy is not there.",
      "Serve the policy over https.",
    );
  const read = readMtaStsPolicy(policy.texts.join("\n"));
  if ("problem" in read)
    return finding("mta_sts", "fail", `Its policy counts for nothing: ${read.problem}.`, "Mend it.");
  const hosts = mx.kind === "found" ? mx.hosts.map(({ host }) => host) : [];
  const missing = hosts.find((host) => !read.mx.some((pattern) => coversHost(pattern, host)));
  if (missing !== undefined && read.mode !== "none")
    return finding(
      "mta_sts",
      read.mode === "enforce" ? "fail" : "warning",
      `Its policy does not name ${missing}.`,
      `Add mx: ${missing} to it.`,
    );
  if (read.mode !== "enforce")
    return finding(
      "mta_sts",
      "warning",
      `Its mode is ${read.mode}.`,
      "Make it enforce when reports are good.",
    );
  return finding("mta_sts", "pass", "Enforced.");
}

/** RFC 8460, 3. */
function judgeTlsRpt({ domain, tlsRpt }: DomainFacts): DomainFinding {
  if (tlsRpt.kind === "failed") return unknown("tls_rpt", tlsRpt.reason);
  const records = recordsOf(tlsRpt, "v=TLSRPTv1");
  if (records.length === 0)
    return finding(
      "tls_rpt",
      "optional",
      "None: nobody tells when mail to it could not be encrypted.",
      "Goes with MTA-STS.",
      {
        name: `_smtp._tls.${domain}`,
        value: `v=TLSRPTv1; rua=mailto:tls@${domain}`,
      },
    );
  const rua = tagsOf(records[0] ?? "").get("rua") ?? "";
  if (records.length > 1 || !/^(mailto:|https:\/\/)/i.test(rua))
    return finding(
      "tls_rpt",
      "fail",
      "Its record names nobody, or there are several.",
      "Leave one with rua=mailto:… or https://….",
    );
  return finding("tls_rpt", "pass", rua);
}

/** https://bimigroup.org/implementation-guide/: an SVG over https, and a DMARC policy that is enforced for all mail. */
function judgeBimi(facts: DomainFacts): DomainFinding {
  const { bimi, dmarc, domain } = facts;
  if (bimi.kind === "failed") return unknown("bimi", bimi.reason);
  const [record] = recordsOf(bimi, "v=BIMI1");
  if (record === undefined)
    return finding(
      "bimi",
      "optional",
      "None: mailboxes show no logo.",
      "Needs DMARC that is enforced, a logo as SVG, and for Gmail a certificate (VMC or CMC).",
    );
  const logo = tagsOf(record).get("l") ?? "";
  if (!/^https:\/\/\S+\.svg$/i.test(logo))
    return finding("bimi", "fail", "Its record names no logo: an SVG over https.", "Mend its l= tag.");
  const tags = tagsOf(recordsOf(dmarc.answer, "v=DMARC1")[0] ?? "");
  const policy = policyFor(tags, dmarc.at !== domain);
  if (!["quarantine", "reject"].includes(policy) || Number(tags.get("pct") ?? "100") < 100)
    return finding(
      "bimi",
      "warning",
      "Its logo is not shown: DMARC is not enforced for all its mail.",
      "Make p quarantine or reject, for all of it.",
    );
  return finding("bimi", "pass", logo);
}
