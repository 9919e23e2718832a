/**
 * Replies that say: not so fast. What each reaches (one recipient, the path from a node to a mailbox provider, the whole
 * node), and what follows. The first rule that fits decides. Words and times are from where `source` says; KumoMTA's are of
 * https://github.com/KumoCorp/kumomta, where some act only after several such replies in an hour: each of these names the
 * sender, not a message, so that Floe acts on the first.
 */
import type { SmtpReply } from "./outcome.js";

/** What a throttling reply asks for. */
export interface Throttle {
  /** The rule that recognised it; a metric has it as a label. */
  rule: string;
  /** `path`: what the node sends to that mailbox provider. `node`: whatever it sends. */
  scope: "path" | "node";
  /** Nothing leaves for so long. */
  suspendMs?: number;
  /** So many messages a second at the most, for so long. */
  trickle?: Trickle;
}

export interface Trickle {
  perSecond: number;
  forMs: number;
}

export interface ThrottleRule {
  /** Stable. */
  rule: string;
  /** `recipient`: this mailbox gets too much from everybody; the sender's pace is not at fault. */
  scope: Throttle["scope"] | "recipient";
  /** Subject and detail of the enhanced code, such as `7.28`: one of them is enough. */
  details?: readonly string[];
  pattern?: RegExp;
  /** It says so in permanent replies too. */
  isEvenPermanent?: true;
  suspendMs?: number;
  trickle?: Trickle;
  source: string;
}

const minute = 60_000;
const hour = 60 * minute;

const shaping = "KumoMTA, assets/policy-extras/shaping.toml";
const community = "KumoMTA, assets/community/shaping.toml";
const gmail = "https://support.google.com/a/answer/3726730";
const yahoo = "https://senders.yahooinc.com/smtp-error-codes";
const microsoft = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx";
const ses = "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html";

/** One message a minute, which no second connection carries. */
const almostNothing = (forMs: number): Trickle => ({ perSecond: 1 / 60, forMs });

export const throttleRules: readonly ThrottleRule[] = [
  {
    rule: "mailbox-rate",
    scope: "recipient",
    pattern: /receiving mail (too quickly|at a rate)/i,
    source: `${gmail} (450 4.2.1), ${yahoo}`,
  },
  {
    rule: "gmail-relay-peak",
    scope: "node",
    pattern: /peak smtp relay limit exceeded/i,
    source: gmail,
  },
  {
    rule: "yahoo-tss05",
    scope: "path",
    pattern: /\b(TSS?|IPTS)0?5\b/,
    isEvenPermanent: true,
    suspendMs: 4 * hour,
    source: `${community}; ${yahoo}`,
  },
  {
    rule: "yahoo-tss04",
    scope: "path",
    pattern: /\b(TSS?|IPTS)0?4\b/,
    isEvenPermanent: true,
    suspendMs: 2 * hour,
    source: `${shaping}, provider "yahoo"; ${yahoo}`,
  },
  {
    rule: "yahoo-ts03",
    scope: "path",
    // Yahoo says "permanently" of an IP, with a transient code.
    pattern: /\bTSS?0?3\b|all messages from \S+ (will be )?permanently deferred/i,
    isEvenPermanent: true,
    trickle: almostNothing(90 * minute),
    source: `${shaping}, default; ${yahoo}`,
  },
  {
    rule: "yahoo-ts02",
    scope: "path",
    pattern: /\bTSS?0?2\b/,
    trickle: almostNothing(30 * minute),
    source: community,
  },
  {
    rule: "temporarily-deferred",
    scope: "path",
    pattern: /messages from \S+ temporarily deferred/i,
    trickle: almostNothing(90 * minute),
    source: `${shaping}, default; ${yahoo}`,
  },
  {
    rule: "yahoo-connection-full",
    scope: "path",
    pattern: /max message per connection reached/i,
    source: `${community}; ${yahoo}`,
  },
  {
    rule: "microsoft-rate-limited",
    scope: "path",
    details: ["7.500", "7.650", "7.651", "7.652"],
    pattern: /temporarily rate limited due to IP reputation|server busy\. please try again later from/i,
    trickle: almostNothing(90 * minute),
    source: `${shaping}, default`,
  },
  // Its own words name no time.
  { rule: "microsoft-rp", scope: "path", pattern: /\bRP-00[1-3]\b/, source: microsoft },
  {
    rule: "daily-quota",
    scope: "node",
    pattern: /daily (message|user|sending|email|smtp)[a-z ]*(quota|limit)/i,
    isEvenPermanent: true,
    suspendMs: hour,
    source: `${ses}; ${gmail}`,
  },
  {
    rule: "relay-rate",
    scope: "node",
    pattern: /maximum sending rate/i,
    isEvenPermanent: true,
    suspendMs: 1_000,
    source: ses,
  },
  {
    rule: "apple-hcm1",
    scope: "path",
    pattern: /\[HCM1\] your mail from/i,
    suspendMs: 15 * minute,
    source: community,
  },
  {
    rule: "orange-refused",
    scope: "path",
    pattern: /service refus[ée]/i,
    suspendMs: hour,
    source: community,
  },
  { rule: "orange-connections", scope: "path", pattern: /trop de connexions/i, source: community },
  {
    rule: "qq-frequency",
    scope: "path",
    pattern: /(sender|ip|connection|domain) frequency limited/i,
    isEvenPermanent: true,
    suspendMs: hour,
    source: community,
  },
  {
    rule: "comcast-domain",
    scope: "path",
    pattern: /\bRL000010\b/,
    suspendMs: 5 * minute,
    source: `${shaping}, "comcast.net"`,
  },
  { rule: "comcast-rate", scope: "path", pattern: /\bRL0000\d\d\b/, source: `${shaping}, "comcast.net"` },
  // The rate of this IP, of the domain that signed, or of a link; Gmail names no time.
  { rule: "gmail-rate", scope: "path", details: ["7.28"], pattern: /unusual rate of/i, source: gmail },
  {
    rule: "connections",
    scope: "path",
    pattern:
      /too many (concurrent )?(smtp )?(connections|sessions)|maximum number of connections|max concurrent connections/i,
    source: `https://www.postfix.org/postconf.5.html; ${community}`,
  },
  {
    rule: "any-rate",
    scope: "path",
    pattern:
      /throttl|rate.?limit|server busy|(sending|too) (many|much) (mails?|messages|emails)|too much mail from/i,
    source: `${gmail} (421 4.4.5), https://www.postfix.org/postconf.5.html`,
  },
];

/** The rule for a reply that is about pace; null: it is about something else. */
export function throttleRuleOf(reply: SmtpReply): ThrottleRule | null {
  const detail = reply.enhanced?.slice(2) ?? "";
  const isPermanent = reply.code >= 500;
  for (const rule of throttleRules) {
    if (isPermanent && !rule.isEvenPermanent) continue;
    if (!isPermanent && rule.details?.includes(detail)) return rule;
    if (rule.pattern?.test(reply.text)) return rule;
  }
  return null;
}
