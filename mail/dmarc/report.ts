import { isIP } from "node:net";
import {
  dmarcDispositions,
  UnreadableReport,
  type DmarcDisposition,
  type DmarcPolicy,
  type DmarcRecord,
  type DmarcReport,
  type DmarcResult,
} from "../../domain/dmarc.js";
import { unpackReport } from "./unpack.js";
import { readXml, short, type Element } from "./xml.js";

const limits = { depth: 12, textLength: 1_000, elements: 500 };
const mostRecords = 50_000;
const mostMessages = 1_000_000_000;
/** Signatures of one message that are kept. */
const mostResults = 10;

/**
 * Reads an aggregate report (RFC 7489, appendix C; RFC 9990), as XML, in gzip or in zip. Elements that are not known are passed
 * over. @throws UnreadableReport for everything that is none, in a sentence
 */
export async function readDmarcReport(file: Buffer): Promise<DmarcReport> {
  const records: DmarcRecord[] = [];
  const take = (element: Element): void => {
    if (records.length === mostRecords)
      throw new UnreadableReport(`It has more than ${mostRecords} records.`);
    records.push(readRecord(element, records.length + 1));
  };
  const content = await unpackReport(file);
  const root = await readXml(content, { path: "feedback/record", take }, limits);
  const feedback = root.elements.get("feedback")?.[0];
  if (!feedback) throw new UnreadableReport("It is no DMARC aggregate report: its root is not <feedback>.");
  const metadata = needed(feedback, "report_metadata");
  const published = needed(feedback, "policy_published");
  if (records.length === 0) throw new UnreadableReport("It has no record.");
  return {
    orgName: textOf(metadata, "org_name", 255),
    email: optional(metadata, "email", 320),
    reporterId: textOf(metadata, "report_id", 255),
    ...rangeOf(needed(metadata, "date_range")),
    domain: domainOf(published, "domain"),
    policy: readPolicy(published),
    records,
  };
}

function readPolicy(published: Element): DmarcPolicy {
  const pct = optional(published, "pct", 10);
  return {
    p: (optional(published, "p", 20) ?? "none").toLowerCase(),
    sp: word(published, "sp"),
    np: word(published, "np"),
    pct: pct === null || !/^\d{1,3}$/.test(pct) ? null : Math.min(Number(pct), 100),
    adkim: word(published, "adkim"),
    aspf: word(published, "aspf"),
    isTesting: word(published, "testing") === "y",
  };
}

function readRecord(record: Element, nth: number): DmarcRecord {
  try {
    const row = needed(record, "row");
    const evaluated = needed(row, "policy_evaluated");
    // `identities` is what some wrote before the RFC.
    const identifiers = first(record, "identifiers") ?? needed(record, "identities");
    const results = first(record, "auth_results");
    return {
      sourceIp: addressOf(row),
      messages: countOf(row),
      disposition: dispositionOf(evaluated),
      dkimAligned: word(evaluated, "dkim") === "pass",
      spfAligned: word(evaluated, "spf") === "pass",
      headerFrom: domainOf(identifiers, "header_from"),
      envelopeFrom: optional(identifiers, "envelope_from", 320),
      dkim: resultsOf(results, "dkim"),
      spf: resultsOf(results, "spf"),
      reasons: (evaluated.elements.get("reason") ?? [])
        .slice(0, mostResults)
        .map((reason) => optional(reason, "type", 60) ?? "other"),
    };
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error;
    throw new UnreadableReport(`Record ${nth}: ${error.message}`, { cause: error });
  }
}

function resultsOf(results: Element | undefined, name: "dkim" | "spf"): DmarcResult[] {
  return (results?.elements.get(name) ?? []).slice(0, mostResults).map((one) => ({
    domain: (optional(one, "domain", 255) ?? "").toLowerCase(),
    selector: optional(one, "selector", 255),
    result: word(one, "result") ?? "none",
  }));
}

function rangeOf(range: Element): { beginsAt: Date; endsAt: Date } {
  const beginsAt = instantOf(range, "begin");
  const endsAt = instantOf(range, "end");
  if (endsAt < beginsAt) throw new UnreadableReport("Its date_range ends before it begins.");
  if (endsAt.getTime() - beginsAt.getTime() > 32 * dayMs)
    throw new UnreadableReport("Its date_range is longer than a month.");
  return { beginsAt, endsAt };
}

const dayMs = 86_400_000;
/** The first draft of DMARC. */
const earliest = Date.UTC(2011, 0);

function instantOf(range: Element, name: string): Date {
  const text = textOf(range, name, 20);
  // Some write a fraction.
  const seconds = /^(\d{1,12})(\.\d+)?$/.exec(text)?.[1];
  const at = Number(seconds) * 1_000;
  if (seconds === undefined || at < earliest || at > Date.now() + 2 * dayMs)
    throw new UnreadableReport(
      `Its ${name} is "${short(text)}"; it must be seconds since 1970, and not to come.`,
    );
  return new Date(at);
}

function addressOf(row: Element): string {
  const text = textOf(row, "source_ip", 60);
  if (isIP(text) === 0 || text.includes("%"))
    throw new UnreadableReport(`source_ip is "${short(text)}", which is no IP address.`);
  return text.toLowerCase();
}

function countOf(row: Element): number {
  const text = textOf(row, "count", 20);
  const count = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(count <= mostMessages))
    throw new UnreadableReport(`count is "${short(text)}"; it must be a whole number up to ${mostMessages}.`);
  return count;
}

function dispositionOf(evaluated: Element): DmarcDisposition {
  const text = word(evaluated, "disposition") ?? "none";
  const known = dmarcDispositions.find((one) => one === text);
  if (!known)
    throw new UnreadableReport(
      `disposition is "${short(text)}", which is none of ${dmarcDispositions.join(", ")}.`,
    );
  return known;
}

function domainOf(parent: Element, name: string): string {
  const text = textOf(parent, name, 255).toLowerCase().replace(/\.$/, "");
  if (!/^[^\s<>"'@/\\]{1,253}$/.test(text))
    throw new UnreadableReport(`${name} is "${short(text)}", which is no domain.`);
  return text;
}

function needed(parent: Element, name: string): Element {
  const element = first(parent, name);
  if (!element) throw new UnreadableReport(`${name} is missing.`);
  return element;
}

function first(parent: Element, name: string): Element | undefined {
  return parent.elements.get(name)?.[0];
}

function textOf(parent: Element, name: string, longest: number): string {
  const text = optional(parent, name, longest);
  if (text === null) throw new UnreadableReport(`${name} is missing or empty.`);
  return text;
}

/** Postgres keeps no NUL, and half a character is none. */
function optional(parent: Element, name: string, longest: number): string | null {
  const text = (first(parent, name)?.text ?? "").replaceAll("\0", "").toWellFormed();
  if (text.length > longest) throw new UnreadableReport(`${name} is longer than ${longest} characters.`);
  return text === "" ? null : text;
}

function word(parent: Element, name: string): string | null {
  return optional(parent, name, 60)?.toLowerCase() ?? null;
}
