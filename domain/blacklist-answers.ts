/** How a blacklist is asked, whether it can be believed, and what its answer means (RFC 5782). */
import type { Blacklist, SubjectKind } from "./blacklists.js";

/** What a resolver says of one name. `reason` is for people. */
export type DnsAnswer =
  { kind: "addresses"; addresses: readonly string[] } | { kind: "none" } | { kind: "failed"; reason: string };

/** What one list says of one subject. An error says nothing of the subject: what stood before stands. */
export type Verdict =
  | { kind: "listed"; codes: string[]; meaning: string }
  | { kind: "clean" }
  | { kind: "error"; reason: string };

/** Whether a list can be believed about one kind of subject. */
export type ListHealth = { kind: "healthy" } | { kind: "broken"; reason: string };

/**
 * The name to ask for (RFC 5782, 2.1 and 2.4): octets of IPv4, nibbles of IPv6, both backwards; a domain as it is.
 * @param subject an IPv4 or IPv6 address in any notation, or a lower-case domain
 */
export function blacklistQuery(subject: string, kind: SubjectKind, zone: string): string {
  switch (kind) {
    case "ipv4":
      return `${subject.split(".").toReversed().join(".")}.${zone}`;
    case "ipv6":
      return `${nibblesOf(subject).toReversed().join(".")}.${zone}`;
    case "domain":
      return `${subject.replace(/\.$/, "")}.${zone}`;
  }
}

/** The 32 hexadecimal digits of an IPv6 address; a tail in dotted notation is taken as well (RFC 4291, 2.2). */
export function nibblesOf(address: string): string[] {
  const plain = address.replace(/\d+\.\d+\.\d+\.\d+$/, (four) => {
    const [a = 0, b = 0, c = 0, d = 0] = four.split(".").map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...after];
  return [...groups.map((group) => group.toLowerCase().padStart(4, "0")).join("")];
}

/** Entries that every list has, and must not have (RFC 5782, 5). */
export function selfTestSubjects(
  list: Blacklist,
  kind: SubjectKind,
): { listed: readonly string[]; clean: string } {
  switch (kind) {
    case "ipv4":
      return { listed: ["127.0.0.2"], clean: "127.0.0.1" };
    case "ipv6":
      return { listed: ["::ffff:7f00:2"], clean: "::ffff:7f00:1" };
    case "domain":
      return { listed: list.alwaysListed ?? ["test"], clean: "invalid" };
  }
}

/** @param listed answers for what is always listed, of which one is enough; @param clean for what never is */
export function judgeSelfTest(list: Blacklist, listed: readonly DnsAnswer[], clean: DnsAnswer): ListHealth {
  const unlisted = readAnswer(list, clean);
  if (unlisted.kind === "listed")
    return { kind: "broken", reason: "It lists everything: also what no list may have (RFC 5782, 5)." };
  if (unlisted.kind === "error") return { kind: "broken", reason: unlisted.reason };
  const verdicts = listed.map((answer) => readAnswer(list, answer));
  if (verdicts.some(({ kind }) => kind === "listed")) return { kind: "healthy" };
  const [error] = verdicts.filter((verdict) => verdict.kind === "error");
  return {
    kind: "broken",
    reason:
      error?.reason ??
      "It does not list its own test entry (RFC 5782, 5): it is gone, or does not answer us.",
  };
}

export function readAnswer(list: Blacklist, answer: DnsAnswer): Verdict {
  if (answer.kind === "failed") return { kind: "error", reason: answer.reason };
  if (answer.kind === "none" || answer.addresses.length === 0) return { kind: "clean" };
  for (const address of answer.addresses) {
    const refusal = refusalIn(list, address);
    if (refusal !== null) return { kind: "error", reason: refusal };
  }
  const codes = [...new Set(answer.addresses)].toSorted();
  return { kind: "listed", codes, meaning: codes.map((code) => meaningOf(list, code)).join("; ") };
}

/** Why an address in an answer is no listing. */
function refusalIn(list: Blacklist, address: string): string | null {
  const known = spamhausErrors[address];
  if (known !== undefined) return known;
  if (address.startsWith("127.255.255.")) return `It answered ${address}, which is an error, not a listing.`;
  const own = list.refusals?.[address];
  if (own !== undefined) return `It refused: ${own}.`;
  // RFC 5782, 2.3: answers lie in 127.0.0.0/8. Anything else is a parked domain, or a resolver that invents answers.
  if (!address.startsWith("127.")) return `It answered ${address}, which no blacklist does (RFC 5782, 2.3).`;
  return null;
}

/** "Must not be interpreted" as listed: https://www.spamhaus.org/news/article/788/ */
const spamhausErrors: Readonly<Record<string, string>> = {
  "127.255.255.252": "It refused: the zone's name is wrong.",
  "127.255.255.254":
    "It refused: it was asked through a public resolver. Name your own resolver in DNS_SERVERS.",
  "127.255.255.255": "It refused: too many questions came from this resolver.",
};

function meaningOf({ bits, codes }: Blacklist, code: string): string {
  if (!bits) return codes[code] ?? `listed (${code})`;
  const last = Number(code.split(".")[3]);
  const set = Object.entries(bits).filter(([bit]) => (last & Number(bit)) !== 0);
  return set.map(([, meaning]) => meaning).join("; ") || `listed (${code})`;
}
