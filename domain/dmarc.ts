/** What mailbox providers say of mail that claims to come from a domain: DMARC aggregate reports (RFC 7489, appendix C; RFC 9990). */

/** What was done with a message. `pass` is RFC 9990's word for what passed. */
export const dmarcDispositions = ["none", "pass", "quarantine", "reject"] as const;
export type DmarcDisposition = (typeof dmarcDispositions)[number];

export interface DmarcResult {
  domain: string;
  /** Of DKIM alone. */
  selector: string | null;
  /** Such as `pass`, `fail`, `none`. */
  result: string;
}

/** Messages of one source that stand alike. */
export interface DmarcRecord {
  sourceIp: string;
  messages: number;
  disposition: DmarcDisposition;
  /** DKIM passed for a domain that is aligned with that of the From field. */
  dkimAligned: boolean;
  spfAligned: boolean;
  headerFrom: string;
  envelopeFrom: string | null;
  /** What the receiver found before it asked for alignment. */
  dkim: DmarcResult[];
  spf: DmarcResult[];
  /** Why it did otherwise than the policy says, such as `forwarded`. */
  reasons: string[];
}

export interface DmarcPolicy {
  p: string;
  sp: string | null;
  /** RFC 9990: of names that do not exist. */
  np: string | null;
  pct: number | null;
  adkim: string | null;
  aspf: string | null;
  /** RFC 9990: the domain only tries its policy (`t=y`). */
  isTesting: boolean;
}

export interface DmarcReport {
  orgName: string;
  email: string | null;
  /** The reporter's own. */
  reporterId: string;
  beginsAt: Date;
  endsAt: Date;
  /** At which the policy was found. */
  domain: string;
  policy: DmarcPolicy;
  records: DmarcRecord[];
}

/** What is refused is refused with a sentence: what, and why. */
export class UnreadableReport extends Error {}

/** Days are UTC's, of the middle: reporters begin theirs at midnight of wherever they are. */
export function dayOf({ beginsAt, endsAt }: Pick<DmarcReport, "beginsAt" | "endsAt">): string {
  return new Date((beginsAt.getTime() + endsAt.getTime()) / 2).toISOString().slice(0, 10);
}

/** `a` is `b`, or one is below the other: a policy counts below its domain, too. */
export function isSameOrBelow(below: string, above: string): boolean {
  return below === above || below.endsWith(`.${above}`);
}

/** Messages that passed (either is aligned) and that did not. */
export interface DmarcCounts {
  messages: number;
  failing: number;
}

/** Fewer are somebody's typing error, or one spammer's bad day. */
const alarmingMessages = 100;
const alarmingShare = 0.05;
/** Days that are looked at together. */
export const alarmingDays = 7;

export function isAlarming({ messages, failing }: DmarcCounts): boolean {
  return failing >= alarmingMessages && failing >= messages * alarmingShare;
}
