/**
 * What an SMTP server's reply means. By RFC 3463 enhanced code first, then by words, because a bare 5xx does not say
 * whose fault it was and only a bad address may be suppressed. Words are those of Gmail, Yahoo, Microsoft, SES, Postfix
 * and Exim.
 */
import type { DeferReason, RejectReason, SendOutcome, SmtpReply } from "./outcome.js";
import { throttleRuleOf, type Throttle } from "./throttle-rules.js";

export type RefusedOutcome = Extract<SendOutcome, { kind: "rejected" | "deferred" }>;

const textLimit = 500;

/**
 * Reads a reply as it came over the wire, one or more lines. Addresses are cut out of its text.
 * Null when it does not begin with a reply code.
 */
export function readReply(raw: string): SmtpReply | null {
  const lines = raw.split(/\r?\n/).filter((line) => line !== "");
  const code = /^[2-5][0-9]{2}(?=[ -]|$)/.exec(lines[0] ?? "")?.[0];
  if (code === undefined) return null;
  const texts = lines.map((line) => line.replace(/^[0-9]{3}[ -]?/, ""));
  const enhanced = /^[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)/.exec(texts[0] ?? "")?.[0];
  const text = texts.map((line) => line.replace(/^[245]\.[0-9]{1,3}\.[0-9]{1,3}(\s+|$)/, "")).join(" ");
  const scrubbed = withoutAddresses(text).trim().slice(0, textLimit);
  return { code: Number(code), ...(enhanced === undefined ? {} : { enhanced }), text: scrubbed };
}

/** Cuts addresses out of a text that is kept or logged. */
export function withoutAddresses(text: string): string {
  return text.replace(/<?[^\s<>,;:"()[\]]+@[^\s<>,;:"()[\]]+>?/g, "<address>");
}

/** What a refusal (4xx or 5xx) means for the recipient, for the node, and for the address. */
export function classifyReply(reply: SmtpReply): RefusedOutcome {
  const pace = throttleOf(reply);
  if (pace) return { kind: "deferred", reason: "throttled", reply, ...pace };
  return reply.code < 500 ? classifyTransient(reply) : classifyPermanent(reply);
}

const minute = 60_000;

/** Null when it is not about the sender's pace. A time that the reply itself names counts where its rule names none. */
function throttleOf(reply: SmtpReply): { retryAfterMs?: number; throttle: Throttle } | null {
  const found = throttleRuleOf(reply);
  if (!found || found.scope === "recipient") return null;
  const { rule, scope, trickle } = found;
  const suspendMs = found.suspendMs ?? (trickle ? undefined : waitNamedIn(reply.text));
  const throttle = { rule, scope, ...(suspendMs && { suspendMs }), ...(trickle && { trickle }) };
  return suspendMs === undefined ? { throttle } : { retryAfterMs: suspendMs, throttle };
}

function classifyTransient(reply: SmtpReply): RefusedOutcome {
  const retryAfterMs = waitNamedIn(reply.text);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "deferred", reason: transientReason(reply), reply, ...wait };
}

function transientReason(reply: SmtpReply): DeferReason {
  if (/gr[ae]y.?list/i.test(reply.text)) return "greylisted";
  if (isMailboxFull(reply)) return "mailbox-full";
  return "temporary";
}

const badAddress = new Set(["1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "7.13", "7.17"]);
/** Too general to decide alone: the words do. */
const vague = new Set(["", "0.0", "1.0", "2.0", "3.0", "7.0", "7.1"]);

function classifyPermanent(reply: SmtpReply): RefusedOutcome {
  const detail = detailOf(reply);
  if (isTooLarge(reply)) return rejected("too-large", reply);
  if (isMailboxFull(reply)) return { kind: "deferred", reason: "mailbox-full", reply };
  // Credentials or encryption that the node lacks (RFC 4954, 6; RFC 3207, 4).
  if (reply.code >= 530 && reply.code <= 538) return rejected("our-fault", reply);
  if (detail.startsWith("1.") && namesSender.test(reply.text)) return rejected("our-fault", reply);
  // Gmail says of a mailbox that receives too fast what it says of one that is disabled.
  if (detail === "2.1" && /receiving mail (too quickly|at a rate)/i.test(reply.text))
    return { kind: "deferred", reason: "temporary", reply };
  if (badAddress.has(detail) || isMicrosoftUnknown(reply)) return rejected("bad-address", reply);
  if (vague.has(detail)) return rejected(reasonInWords(reply), reply);
  if (detail === "1.7" || detail === "1.8" || detail.startsWith("5.")) return rejected("our-fault", reply);
  if (detail.startsWith("6.")) return rejected("content", reply);
  if (detail.startsWith("7.")) return rejected(isAuthentication(detail) ? "our-fault" : "policy", reply);
  // Routing, congestion and full systems (x.3, x.4) heal, whatever class the server gave them.
  if (detail.startsWith("3.") || detail.startsWith("4."))
    return { kind: "deferred", reason: "temporary", reply };
  return rejected(reasonInWords(reply), reply);
}

/** The address that is unknown, or whose domain is, is the sender's: the recipient's is not to blame (Postfix, qmail). */
const namesSender = /sender address rejected|(domain of|envelope) sender|sender('s)? domain/i;

/** Order matters: "blocked using zen.spamhaus.org" is not about spam in this message. */
const words: { pattern: RegExp; reason: RejectReason }[] = [
  {
    pattern:
      /relay(ing)? (access |not )?(denied|permitted|allowed)|(unable|permitted|allowed) to relay|allowed rcpthosts/i,
    reason: "our-fault",
  },
  { pattern: namesSender, reason: "our-fault" },
  // Records of ours that are missing or fail.
  {
    pattern:
      /unauthenticated|\bd(marc|kim)\b|\bspf\b|email address is not verified|cannot find your (reverse )?hostname/i,
    reason: "our-fault",
  },
  {
    pattern: /authenticat(e|ion) (is )?(required|failed|credentials)/i,
    reason: "our-fault",
  },
  { pattern: /likely (unsolicited|spam|suspicious)|from: header/i, reason: "content" },
  { pattern: /attachment|potential(ly)? (security|danger)/i, reason: "content" },
  {
    pattern:
      /block.?list|black.?list|spamhaus|spamcop|barracuda|dnsbl|\brbl\b|reputation|blocked|polic(y|ies)|\baup\b/i,
    reason: "policy",
  },
  { pattern: /spam|virus|malware|phish|unsolicited|suspicious|content/i, reason: "content" },
  {
    pattern:
      /(user|recipient|mailbox|address|account)[a-z ]* (is )?(unknown|unrecognized|not found|not active|disabled|inactive|unavailable|does(n't| not) exist)/i,
    reason: "bad-address",
  },
  {
    pattern:
      /(unknown|invalid|no such|nonexistent|not a valid) (local )?(user|recipient|mailbox|address|account|id\b)|utilisateur inconnu/i,
    reason: "bad-address",
  },
  {
    pattern: /does(n't| not) (exist|have an? [a-z.]* ?account)|no (mail-?box|account) (here|by that name)/i,
    reason: "bad-address",
  },
];

function wordsOf({ text }: SmtpReply): RejectReason | undefined {
  return words.find(({ pattern }) => pattern.test(text))?.reason;
}

function reasonInWords(reply: SmtpReply): RejectReason {
  const found = wordsOf(reply);
  if (found !== undefined) return found;
  // The server did not understand us (RFC 5321, 4.2.2).
  return reply.code >= 500 && reply.code <= 504 ? "our-fault" : "policy";
}

function isTooLarge(reply: SmtpReply): boolean {
  const detail = detailOf(reply);
  if (detail === "3.4" || detail === "2.3") return true;
  return (
    vague.has(detail) &&
    /(message|mail) (size|length)|size .*exceed|exceeds? .*size|too (large|big)/i.test(reply.text)
  );
}

/** A bare 552 is "exceeded storage allocation" (RFC 5321, 4.2.3). Full mailboxes are emptied, whatever the class. */
function isMailboxFull(reply: SmtpReply): boolean {
  const detail = detailOf(reply);
  if (detail === "2.2") return true;
  if (!vague.has(detail)) return false;
  if (reply.code === 552 && !detail.startsWith("7.") && wordsOf(reply) === undefined) return true;
  return /over ?quota|quota exceeded|(mailbox|inbox)( is)? full/i.test(reply.text);
}

/** Microsoft 365 answers unknown recipients with 5.4.1, elsewhere a routing failure, and Outlook.com with 5.5.0. */
function isMicrosoftUnknown(reply: SmtpReply): boolean {
  const detail = detailOf(reply);
  if (detail === "5.0") return /requested action not taken: mailbox unavailable/i.test(reply.text);
  return detail === "4.1" && /recipient address rejected: access denied/i.test(reply.text);
}

/** SPF, DKIM, DMARC or reverse DNS of ours failed: 7.20–7.30 (RFC 7372, Gmail; but 7.28 is a rate), 7.509 and 7.515 (Microsoft). */
function isAuthentication(detail: string): boolean {
  const number = Number(detail.slice(2));
  return (number >= 20 && number <= 30 && number !== 28) || number === 509 || number === 515;
}

function rejected(reason: RejectReason, reply: SmtpReply): RefusedOutcome {
  return { kind: "rejected", reason, reply };
}

/** Subject and detail of the enhanced code: `1.1` of 5.1.1; empty without one. */
function detailOf(reply: SmtpReply): string {
  return reply.enhanced === undefined ? "" : reply.enhanced.slice(2);
}

/** "try again in 300 seconds", "retry after 5 minutes", in milliseconds; at most a day. */
function waitNamedIn(text: string): number | undefined {
  const match =
    /(?:\bin|after|within|for)\s+(\d{1,6})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?)\b/i.exec(
      text,
    );
  if (!match) return undefined;
  const unit = { s: 1_000, m: minute, h: 60 * minute }[match[2]?.[0]?.toLowerCase() ?? ""];
  const waitMs = Number(match[1]) * (unit ?? 0);
  return waitMs > 0 ? Math.min(waitMs, 24 * 60 * minute) : undefined;
}
