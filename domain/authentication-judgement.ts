/** SPF, DKIM and DMARC of a domain: what is there, and what to do. Sources stand at each rule. */
import { recordsOf, spfTerms, tagsOf } from "./dns-records.js";
import { finding, unknown, type DomainFacts, type DomainFinding } from "./domain-checks.js";

/** RFC 7208: one record (3.2), ten lookups and two void ones (4.6.4); and every address of ours must pass. */
export function judgeSpf({ domain, spf: { answer, cost }, addresses }: DomainFacts): DomainFinding {
  const own = addresses.filter(({ spf }) => spf.mailFrom === domain);
  const all = [...new Set(own.map(({ address }) => address))];
  const record = { name: domain, value: ["v=spf1", ...all.map(mechanismOf), "~all"].join(" ") };
  if (answer.kind === "failed") return unknown("spf", answer.reason);
  const records = recordsOf(answer, "v=spf1");
  const [text] = records;
  if (text === undefined)
    return finding(
      "spf",
      "fail",
      "There is no SPF record.",
      "Publish one that names who sends for it.",
      record,
    );
  if (records.length > 1)
    return finding(
      "spf",
      "fail",
      `There are ${records.length} SPF records: none of them counts.`,
      "Make them one.",
    );
  const terms = spfTerms(text);
  if ("problem" in terms) return finding("spf", "fail", `It cannot be read: ${terms.problem}.`, "Mend it.");
  if (cost?.problem) return finding("spf", "fail", cost.problem, "Mend what it includes, or leave it out.");
  if (cost && (cost.lookups > 10 || cost.voidLookups > 2))
    return finding(
      "spf",
      "fail",
      `Checking it takes ${cost.lookups} lookups, ${cost.voidLookups} of them without an answer; 10 and 2 are allowed, so it counts for nothing.`,
      "Leave out what does not send for it any more, or write addresses (ip4:, ip6:) in place of includes.",
    );
  if (terms.some(({ name, qualifier }) => name === "all" && qualifier === "+"))
    return finding("spf", "fail", "It ends in +all: everybody may send as it.", "End it in ~all or -all.");
  const refused = addresses.filter(({ spf }) => !["pass", "temperror"].includes(spf.result));
  const [first] = refused;
  if (first)
    return finding(
      "spf",
      "fail",
      `${first.spf.mailFrom} does not let ${first.address} (node ${first.nodeId}) send: ${first.spf.result}.`,
      `Add ${[...new Set(refused.map(({ address }) => mechanismOf(address)))].join(" ")} to the SPF record of ${first.spf.mailFrom}.`,
    );
  if (!terms.some(({ name }) => name === "all" || name === "redirect"))
    return finding("spf", "warning", "It says nothing of everybody else.", "End it in ~all.");
  const lookups = cost ? `, ${cost.lookups} of 10 lookups` : "";
  if (cost && cost.lookups > 8)
    return finding("spf", "warning", `One record${lookups}.`, "Few are left: leave out what is not needed.");
  return finding(
    "spf",
    "pass",
    `One record${lookups}; it lets ${all.length || "no known"} address${all.length === 1 ? "" : "es"} of ours send.`,
  );
}

const mechanismOf = (address: string): string => `${address.includes(":") ? "ip6" : "ip4"}:${address}`;

/** RFC 6376, 3.6.1: the public half at the selector; RFC 8301, 3.2: RSA of 1024 bits at least, 2048 better. */
export function judgeDkim({ dkim }: DomainFacts): DomainFinding {
  if (dkim.length === 0)
    return finding("dkim", "fail", "No key signs its mail.", "Add a signing key, and publish its record.");
  for (const { name, expected, answer } of dkim) {
    const record = { name, value: expected };
    if (answer.kind === "failed") return unknown("dkim", answer.reason);
    if (answer.kind === "none")
      return finding(
        "dkim",
        "fail",
        `Mail is signed, but ${name} is not published.`,
        "Publish this record.",
        record,
      );
    const published = answer.texts.map((text) => tagsOf(text).get("p")?.replace(/\s/g, ""));
    const wanted = tagsOf(expected).get("p");
    if (published.every((key) => key === ""))
      return finding("dkim", "fail", `${name} says that the key is revoked.`, "Publish this record.", record);
    if (!published.includes(wanted))
      return finding(
        "dkim",
        "fail",
        `${name} has another key than the one that signs.`,
        "Publish this record.",
        record,
      );
    if (answer.texts.length > 1)
      return finding(
        "dkim",
        "warning",
        `${name} has ${answer.texts.length} records; receivers may take any.`,
        "Leave one.",
        record,
      );
    if ((tagsOf(answer.texts[0] ?? "").get("t") ?? "").split(":").includes("y"))
      return finding(
        "dkim",
        "warning",
        `${name} says that the domain only tries DKIM (t=y).`,
        "Publish this record.",
        record,
      );
    const isShort = tagsOf(expected).get("k") !== "ed25519" && (wanted?.length ?? 0) < 300;
    if (isShort)
      return finding(
        "dkim",
        "warning",
        `The key ${name} is shorter than 2048 bits.`,
        "Make a new one under a new selector.",
      );
  }
  return finding("dkim", "pass", `Published: ${dkim.map(({ selector }) => selector).join(", ")}.`);
}

/**
 * RFC 7489: the record (6.3), where it is found (6.6.3), alignment (3.1). That there be one, Gmail and Yahoo ask of bulk
 * senders: https://support.google.com/mail/answer/81126, https://senders.yahooinc.com/best-practices
 */
export function judgeDmarc(facts: DomainFacts): DomainFinding {
  const { domain, dmarc } = facts;
  const record = { name: `_dmarc.${domain}`, value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain}` };
  if (dmarc.answer.kind === "failed") return unknown("dmarc", dmarc.answer.reason);
  const records = recordsOf(dmarc.answer, "v=DMARC1");
  if (records.length === 0)
    return finding(
      "dmarc",
      "fail",
      "There is no DMARC record.",
      "Publish one: Gmail, Yahoo and Outlook ask it of who sends much. Begin with p=none, read the reports, then tighten it.",
      record,
    );
  if (records.length > 1)
    return finding("dmarc", "fail", `There are ${records.length} DMARC records: none counts.`, "Leave one.");
  const tags = tagsOf(records[0] ?? "");
  const policy = policyFor(tags, dmarc.at !== domain);
  if (!["none", "quarantine", "reject"].includes(policy))
    return finding(
      "dmarc",
      "fail",
      `Its policy is "${policy}".`,
      "Make p none, quarantine or reject.",
      record,
    );
  if (!isAligned(facts, tags))
    return finding(
      "dmarc",
      "fail",
      "Neither DKIM nor SPF of its mail is aligned: every message fails DMARC.",
      "Sign its mail with a key of the domain, or give its nodes a return-path domain below it.",
    );
  const where = dmarc.at === domain ? "" : ` of ${dmarc.at}`;
  if (!tags.has("rua"))
    return finding(
      "dmarc",
      "warning",
      `p=${policy}${where}; nobody gets its reports.`,
      "Name an address for reports (rua).",
    );
  if (policy === "none")
    return finding(
      "dmarc",
      "warning",
      `p=none${where}: who forges it is not stopped.`,
      "When reports show only mail of yours, make p quarantine, then reject.",
    );
  const share = Number(tags.get("pct") ?? "100");
  if (share < 100)
    return finding("dmarc", "warning", `p=${policy}${where}, for ${share} % of its mail.`, "Make pct 100.");
  return finding("dmarc", "pass", `p=${policy}${where}; its mail is aligned.`);
}

/** `sp` is what counts below the domain that has the record (RFC 7489, 6.3). */
export function policyFor(tags: Map<string, string>, isBelow: boolean): string {
  const policy = tags.get("p") ?? "";
  return ((isBelow ? tags.get("sp") : undefined) ?? policy).toLowerCase();
}

/** A key of the domain itself is aligned in either mode; SPF by the envelope's domain (RFC 7489, 3.1.1 and 3.1.2). */
function isAligned(
  { domain, organizationalDomain, dkim, returnPaths }: DomainFacts,
  tags: Map<string, string>,
): boolean {
  if (dkim.length > 0) return true;
  const isStrict = tags.get("aspf")?.toLowerCase() === "s";
  return returnPaths.some((path) =>
    isStrict ? path.domain === domain : path.organizationalDomain === organizationalDomain,
  );
}
