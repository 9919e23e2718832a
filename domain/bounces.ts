/** What mail that comes back says of the message that left, and what follows. Words and codes as in SMTP replies. */
import type { SmtpReply } from "./outcome.js";
import { classifyReply, readReply, withoutAddresses } from "./replies.js";

/** `hard`: there is no such address. `soft`: it may work another time. The others are not the address's fault. */
export const bounceClasses = ["hard", "soft", "policy", "content", "our-fault"] as const;
export type BounceClass = (typeof bounceClasses)[number];

export interface Bounce {
  kind: "bounce";
  bounceClass: BounceClass;
  enhancedCode: string | null;
  /** Without addresses. */
  diagnostic: string;
}

/**
 * One report, as it was understood. `delay`: the server goes on trying (RFC 3464, 2.3.3). `auto-reply`: out of office, or a
 * challenge. `reply`: a person's. `unsubscribe`: by mail. `other`: none of these, or unreadable.
 */
export type InboundReport =
  | Bounce
  | { kind: "complaint" }
  | { kind: "delay" }
  | { kind: "auto-reply" }
  | { kind: "reply" }
  | { kind: "unsubscribe" }
  /** With why a message that looked like a DMARC report is none that was taken. */
  | { kind: "other"; diagnostic?: string };

export const inboundKinds = [
  "bounce",
  "complaint",
  "delay",
  "auto-reply",
  "reply",
  "unsubscribe",
  "other",
] as const;

/** What was done. `unmatched`: names no recipient, or one without our signature. `repeated`: the same report came before. */
export const inboundResults = ["recorded", "suppressed", "ignored", "unmatched", "repeated"] as const;
export type InboundResult = (typeof inboundResults)[number];

/** Who told: mail that came back to our listener or command, a mailbox, or a provider's callback. */
export const reportSources = ["smtp", "imap", "ses", "sendgrid", "mailgun", "postmark"] as const;
export type ReportSource = (typeof reportSources)[number];

const textLimit = 500;
/** Longer ones are cut before they are searched: the time it takes stays small whatever is written there. */
const diagnosticLimit = 2_000;

/**
 * A failure for good, from the status (RFC 3463) and the diagnostic of its report. The remote server's own reply says more
 * than the code which the reporting server made of it.
 */
export function classifyBounce(status: string | undefined, diagnostic: string): Bounce {
  // Postgres keeps no NUL, and no server means one.
  const text = diagnostic
    .slice(0, diagnosticLimit)
    .replaceAll("\0", "")
    .replace(/^(smtp|x-[a-z0-9-]{1,30})\s*;\s*/i, "");
  const reply = replyOf(status, text.trim());
  const outcome = classifyReply(reply);
  return {
    kind: "bounce",
    bounceClass: bounceClassOf(outcome),
    enhancedCode: reply.enhanced ?? null,
    diagnostic: reply.text,
  };
}

function replyOf(status: string | undefined, text: string): SmtpReply {
  const reply = readReply(text);
  const enhanced = reply?.enhanced ?? status;
  const code = reply?.code ?? (status?.startsWith("4") ? 450 : 550);
  return {
    code,
    ...(enhanced === undefined ? {} : { enhanced }),
    text: reply?.text ?? withoutAddresses(text).slice(0, textLimit),
  };
}

function bounceClassOf(outcome: ReturnType<typeof classifyReply>): BounceClass {
  if (outcome.kind === "deferred") return "soft";
  switch (outcome.reason) {
    case "bad-address":
      return "hard";
    case "policy":
      return "policy";
    case "our-fault":
      return "our-fault";
    case "content":
    case "too-large":
      return "content";
  }
}

/** Last resort: what an automatic reply of a system without RFC 3834 is called, in the languages of Outlook and Gmail. */
const autoReplySubject = new RegExp(
  "^\\s*(?:" +
    [
      "auto(?:matic)?[ -:]*(?:reply|response|antwort)|automatische (?:antwort|abwesenheit)|automatisch antwoord|automatisk svar",
      "out of (?:the )?office|abwesen(?:d|heit)|réponse automatique|respuesta automática|resposta automática",
      "risposta automatica|odpowiedź automatyczna|automatická odpověď|автоответ|автоматический ответ|自动回复|自動回覆|自動応答",
      "자동 회신|please (?:confirm|verify) your (?:email|message)",
    ].join("|") +
    ")",
  "i",
);

/** RFC 3834, 5; X-Autoreply and X-Autorespond of cPanel and qmail's autoresponders; Precedence of vacation(1). */
export function isAutoReply(header: (name: string) => string | undefined): boolean {
  const autoSubmitted = header("auto-submitted")?.trim().toLowerCase();
  if (autoSubmitted?.startsWith("auto-replied")) return true;
  if (autoSubmitted === "no") return false;
  if (header("x-autoreply") ?? header("x-autorespond")) return true;
  if (/^\s*auto_reply/i.test(header("precedence") ?? "")) return true;
  return autoReplySubject.test(header("subject") ?? "");
}

/**
 * First lines of bounces without a report part: qmail (QSBMF), Exim, sendmail before 8.8, Postfix's text, Exchange and
 * Lotus Domino, GroupWise. Only these are searched for a reply: a person's words about a bounce are not one.
 */
const bounceOpenings =
  /this is the qmail-send program|created automatically by mail delivery software|had (permanent fatal|delivery) errors|this is the mail(er)? (system|delivery)|delivery has failed to these recipients|did not reach the following recipient|could not be delivered to|was undeliverable to the following/i;

const openingLimit = 4_000;

/** The bounce that an old system tells in words; null when the text is not of any known one. */
export function classifyPlainBounce(text: string): Bounce | null {
  const start = text.slice(0, openingLimit);
  if (!bounceOpenings.test(start)) return null;
  const said = /\b[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}\s)?[^\r\n]{3,300}/.exec(start)?.[0];
  const status = /#?\b([45]\.\d{1,3}\.\d{1,3})\b/.exec(start)?.[1];
  if (said === undefined && status === undefined) return classifyBounce("5.0.0", start);
  return classifyBounce(status, said?.replace("#", "") ?? start);
}
