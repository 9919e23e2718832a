/** What checking blacklists needs of the world. Adapters: `db/blacklist-…`, `dns/resolver`. */
import type { DnsAnswer, ListHealth, Verdict } from "../domain/blacklist-answers.js";
import type { SubjectKind } from "../domain/blacklists.js";

/** Asks for the IPv4 addresses of a name. Answers are kept for a while; questions are paced. Never rejects. */
export type AskDns = (name: string) => Promise<DnsAnswer>;

/** Something of ours that lists may have. Several owners may have the same. */
export interface WatchedSubject {
  /** `*`: the platform's, such as an address of a node that every tenant may use. */
  tenantId: string;
  subject: string;
  kind: SubjectKind;
}

/** Which are to be checked: all, those of a tenant, or one of them. */
export interface SubjectFilter {
  tenantId?: string;
  subject?: string;
}

export interface FoundVerdict extends WatchedSubject {
  zone: string;
  verdict: Verdict;
  removalUrl?: string | undefined;
}

/** One list's health about one kind of subject. */
export interface ListReport {
  zone: string;
  kind: SubjectKind;
  health: ListHealth;
}

export interface BlacklistChange {
  listed: number;
  delisted: number;
  /** Nodes that were paused because they ask for it. */
  paused: string[];
}

export interface BlacklistStore {
  /** What nodes say of the addresses that they send from: those given, or else the host that leads to them. */
  listHosts(): Promise<{ nodeId: string; tenantId: string; host: string }[]>;
  /** What the names of hosts lead to now; others of the node are forgotten. */
  recordHostAddresses(found: { nodeId: string; addresses: string[] }[]): Promise<void>;
  /** Subjects by name behind `after`, oldest owner first. */
  findSubjects(page: SubjectFilter & { after: string | null; limit: number }): Promise<WatchedSubject[]>;
  recordListHealth(reports: ListReport[]): Promise<void>;
  /** Standings, history, notifications and events, and the pause of nodes that ask for it: in one transaction. */
  recordVerdicts(found: FoundVerdict[]): Promise<BlacklistChange>;
  /** Forgets what stands of subjects that are nobody's any more, and of lists that are not asked any more. */
  forgetOthers(zones: string[]): Promise<void>;
}
