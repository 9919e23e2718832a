/**
 * DNS blacklists: which are asked, how (RFC 5782), and what their answers say. Sources of the codes:
 * Spamhaus https://docs.spamhaus.com/datasets/docs/source/10-data-type-documentation/datasets/040-zones.html,
 * SURBL https://surbl.org/lists, SpamCop https://www.spamcop.net/fom-serve/cache/291.html, PSBL https://psbl.org/howto.
 */

export const subjectKinds = ["ipv4", "ipv6", "domain"] as const;
export type SubjectKind = (typeof subjectKinds)[number];

export interface Blacklist {
  /** Its DNS zone, which is its name too. */
  zone: string;
  kinds: readonly SubjectKind[];
  /** What an address in its answers means; one that is not named is a listing without a word for it. */
  codes: Readonly<Record<string, string>>;
  /** The last octet is a sum of these, in place of `codes`. */
  bits?: Readonly<Record<number, string>>;
  /** Answers that refuse the question, besides Spamhaus's 127.255.255.x, which no list may mean as a listing. */
  refusals?: Readonly<Record<string, string>>;
  /** Of domains that are always listed, any of which shows that the list works; default: TEST (RFC 5782, 5). */
  alwaysListed?: readonly string[];
  /** Where people ask to be removed. */
  removalUrl?: string;
}

/** Asked when the configuration names no others: those that may be asked without an account. */
export const defaultBlacklists: readonly Blacklist[] = [
  {
    zone: "zen.spamhaus.org",
    kinds: ["ipv4", "ipv6"],
    codes: {
      "127.0.0.2": "SBL: a source of spam",
      "127.0.0.3": "CSS: a source of low-reputation mail",
      "127.0.0.4": "XBL: exploited or infected",
      "127.0.0.9": "DROP: a hijacked or criminal network",
      "127.0.0.10": "PBL: its provider says that no mail should leave here",
      "127.0.0.11": "PBL: no mail should leave here",
      "127.0.0.30": "BCL: a botnet controller",
    },
    removalUrl: "https://check.spamhaus.org/",
  },
  {
    zone: "dbl.spamhaus.org",
    kinds: ["domain"],
    codes: {
      "127.0.1.2": "low reputation",
      "127.0.1.4": "phishing",
      "127.0.1.5": "malware",
      "127.0.1.6": "a botnet's command and control",
      "127.0.1.102": "legitimate, but abused for spam",
      "127.0.1.103": "legitimate, but abused as a redirector",
      "127.0.1.104": "legitimate, but abused for phishing",
      "127.0.1.105": "legitimate, but abused for malware",
      "127.0.1.106": "legitimate, but abused for command and control",
    },
    refusals: { "127.0.1.255": "it was asked about an IP address" },
    alwaysListed: ["test", "dbltest.com"],
    removalUrl: "https://check.spamhaus.org/",
  },
  {
    zone: "bl.spamcop.net",
    kinds: ["ipv4"],
    codes: { "127.0.0.2": "recipients reported spam from it" },
    removalUrl: "https://www.spamcop.net/bl.shtml",
  },
  {
    zone: "psbl.surriel.com",
    kinds: ["ipv4"],
    codes: { "127.0.0.2": "it wrote to spam traps" },
    removalUrl: "https://psbl.org/remove",
  },
  {
    zone: "multi.surbl.org",
    kinds: ["domain"],
    codes: {},
    bits: { 8: "PH: phishing", 16: "MW: malware", 64: "ABUSE: spam", 128: "CR: cracked" },
    refusals: { "127.0.0.1": "it does not answer this resolver" },
    alwaysListed: ["test.surbl.org", "surbl-org-permanent-test-point.com", "test"],
    removalUrl: "https://surbl.org/surbl-analysis",
  },
];

const zonePattern = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;

/**
 * Reads `zen.spamhaus.org=ipv4+ipv6,dbl.spamhaus.org=domain`; a list that Floe knows needs no kinds. `off` asks none.
 * @returns the lists, Floe's own when the text is empty, or what is wrong with it
 */
export function parseBlacklists(text: string): readonly Blacklist[] | { problem: string } {
  if (text.trim() === "") return defaultBlacklists;
  if (text.trim() === "off") return [];
  const lists: Blacklist[] = [];
  for (const part of text.split(",").map((entry) => entry.trim().toLowerCase())) {
    const [zone = "", kindsText] = part.split("=");
    if (!zonePattern.test(zone)) return { problem: `has "${part}"; each entry must be like bl.example=ipv4` };
    const known = defaultBlacklists.find((list) => list.zone === zone);
    const kinds = kindsText?.split("+").filter(isSubjectKind) ?? known?.kinds;
    if (!kinds?.length || kinds.length !== (kindsText?.split("+").length ?? kinds.length))
      return { problem: `must say of ${zone} what it lists: ${subjectKinds.join(", ")}, with + between` };
    lists.push({ ...(known ?? { zone, codes: {} }), kinds });
  }
  return lists;
}

function isSubjectKind(text: string): text is SubjectKind {
  return (subjectKinds as readonly string[]).includes(text);
}
