/** Records by which a domain says how its mail is authenticated, as texts. */

/** What a resolver says of the TXT records, or of other texts, at one name. */
export type TextAnswer =
  { kind: "found"; texts: readonly string[] } | { kind: "none" } | { kind: "failed"; reason: string };

/** `v=DMARC1; p=none` as tags (RFC 7489, 6.4; RFC 6376, 3.2); names in lower case, the first of a name counts. */
export function tagsOf(record: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const part of record.split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim().toLowerCase();
    if (at > 0 && !tags.has(name)) tags.set(name, part.slice(at + 1).trim());
  }
  return tags;
}

/** Those of one version, such as `v=DMARC1`: others at the same name are somebody else's. */
export function recordsOf(answer: TextAnswer, version: string): string[] {
  if (answer.kind !== "found") return [];
  const wanted = version.toLowerCase();
  return answer.texts.filter((text) => /^[^;\s]*/.exec(text.trim())?.[0].toLowerCase() === wanted);
}

export interface SpfTerm {
  qualifier: "+" | "-" | "~" | "?";
  name: string;
  value: string;
}

const mechanisms = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];
/** Each of these asks DNS, and counts towards ten (RFC 7208, 4.6.4). */
const asking = ["include", "a", "mx", "ptr", "exists", "redirect"];

/** Terms of an SPF record (RFC 7208, 4.6.1 and 5), or what is wrong with it. */
export function spfTerms(record: string): SpfTerm[] | { problem: string } {
  const terms: SpfTerm[] = [];
  for (const text of record.trim().split(/\s+/).slice(1)) {
    const [, qualifier = "", name = "", value = ""] =
      /^([+?~-]?)([a-z][a-z0-9_.-]*)(?:[:=/](.*))?$/i.exec(text) ?? [];
    const isModifier = /^[a-z][a-z0-9_.-]*=/i.test(text);
    if (name === "" || (!isModifier && !mechanisms.includes(name.toLowerCase())))
      return { problem: `"${text}" is no mechanism of SPF` };
    terms.push({ qualifier: (qualifier || "+") as SpfTerm["qualifier"], name: name.toLowerCase(), value });
  }
  return terms;
}

export function asksDns({ name }: SpfTerm): boolean {
  return asking.includes(name);
}

/** What an SPF record costs whoever checks it, all that it includes with it. */
export interface SpfCost {
  /** At most 10, or it counts for nothing (RFC 7208, 4.6.4). */
  lookups: number;
  /** Of these, without an answer: at most 2. */
  voidLookups: number;
  /** Why it counts for nothing whatever the address; null: it does. */
  problem: string | null;
}

/** An MTA-STS policy (RFC 8461, 3.2). */
export interface MtaStsPolicy {
  mode: string;
  mx: string[];
  maxAgeSeconds: number;
}

export function readMtaStsPolicy(text: string): MtaStsPolicy | { problem: string } {
  const lines = text.split(/\r?\n/).map((line) => /^([a-z_]+)\s*:\s*(.*)$/i.exec(line.trim()));
  const valuesOf = (name: string): string[] =>
    lines.flatMap((line) => (line?.[1]?.toLowerCase() === name ? [line[2]?.trim() ?? ""] : []));
  const [mode = ""] = valuesOf("mode");
  const maxAgeSeconds = Number(valuesOf("max_age")[0]);
  if (valuesOf("version")[0] !== "STSv1") return { problem: "its version is not STSv1" };
  if (!["enforce", "testing", "none"].includes(mode)) return { problem: `its mode is "${mode}"` };
  if (!Number.isInteger(maxAgeSeconds) || maxAgeSeconds < 0 || maxAgeSeconds > 31_557_600)
    return { problem: "its max_age is not 0 to 31557600 seconds" };
  if (mode !== "none" && valuesOf("mx").length === 0) return { problem: "it names no mx" };
  return { mode, mx: valuesOf("mx").map((host) => host.toLowerCase()), maxAgeSeconds };
}

/** Whether a policy's pattern covers a host: `*.` stands for one label (RFC 8461, 4.1). */
export function coversHost(pattern: string, host: string): boolean {
  const plain = host.toLowerCase().replace(/\.$/, "");
  return pattern.startsWith("*.") ? plain.replace(/^[^.]+\./, "") === pattern.slice(2) : plain === pattern;
}
