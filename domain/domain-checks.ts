/** What is looked at of a domain that mail comes from, and what was found. */
import type { SpfCost, TextAnswer } from "./dns-records.js";

export const domainCheckNames = ["spf", "dkim", "dmarc", "mx", "ptr", "mta_sts", "tls_rpt", "bimi"] as const;
export type DomainCheckName = (typeof domainCheckNames)[number];

/** `optional`: not there, and mail arrives without. `unknown`: the name server could not say. */
export const findingStatuses = ["pass", "warning", "fail", "optional", "unknown"] as const;
export type FindingStatus = (typeof findingStatuses)[number];

export interface DomainFinding {
  check: DomainCheckName;
  status: FindingStatus;
  /** What is there, in a sentence. */
  found: string;
  /** What to do; null: nothing. */
  advice: string | null;
  /** A TXT record to publish; null: none is missing, or it cannot be said. */
  record: { name: string; value: string } | null;
}

export type MxAnswer =
  | { kind: "found"; hosts: { host: string; priority: number }[] }
  | { kind: "none" }
  | { kind: "failed"; reason: string };

/** An address that mail of the domain leaves from. */
export interface AddressFacts {
  nodeId: string;
  address: string;
  /** Names that its PTR record gives; null: the name server could not say. */
  names: string[] | null;
  /** Of these, one leads back to it (RFC 1912, 2.1). */
  confirmed: boolean;
  /** SPF of the envelope's domain for it, as receivers compute it: `pass`, `fail`, … */
  spf: { mailFrom: string; result: string };
}

export interface DomainFacts {
  domain: string;
  organizationalDomain: string;
  spf: { answer: TextAnswer; cost: SpfCost | null };
  dkim: { selector: string; name: string; expected: string; answer: TextAnswer }[];
  /** At the domain, or else at the organizational one (RFC 7489, 6.6.3). */
  dmarc: { at: string; answer: TextAnswer };
  mx: MxAnswer;
  addresses: AddressFacts[];
  /** Domains of the envelope sender of nodes that its mail leaves from. */
  returnPaths: { nodeId: string; domain: string; organizationalDomain: string }[];
  mtaSts: { answer: TextAnswer; policy: TextAnswer };
  tlsRpt: TextAnswer;
  bimi: TextAnswer;
}

/** The worst that was found; what is optional does not count. */
export function overallStatus(findings: readonly DomainFinding[]): Exclude<FindingStatus, "optional"> {
  for (const status of ["fail", "unknown", "warning"] as const)
    if (findings.some((finding) => finding.status === status)) return status;
  return "pass";
}

export function finding(
  check: DomainCheckName,
  status: FindingStatus,
  found: string,
  advice: string | null = null,
  record: DomainFinding["record"] = null,
): DomainFinding {
  return { check, status, found, advice, record };
}

export const unknown = (check: DomainCheckName, reason: string): DomainFinding =>
  finding(check, "unknown", reason, "Look again later; nothing follows from this.");
