import PostalMime, { type Email } from "postal-mime";
import {
  classifyBounce,
  classifyPlainBounce,
  isAutoReply,
  type InboundReport,
} from "../../domain/bounces.js";
import { findSignedRecipient } from "../signed-recipient.js";
import type { RecipientRef, Tokens } from "../tracking-token.js";
import { readFieldGroups, type FieldGroup } from "./field-groups.js";

export interface ReadReport {
  report: InboundReport;
  /** Whom the returned message went to, by a token of ours in it; null when it carries none. */
  recipient: RecipientRef | null;
}

const limits = { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 };

/**
 * Reads a message that came to a return path: DSN (RFC 3464, RFC 6533), feedback (RFC 5965), automatic replies (RFC 3834) and
 * the text of systems that know none of these. Never throws: what cannot be read is `other`.
 */
export async function readReport(raw: Uint8Array, tokens: Tokens): Promise<ReadReport> {
  const email = await parse(raw);
  if (!email) return { report: { kind: "other" }, recipient: null };
  return { report: reportOf(email), recipient: recipientOf(email, tokens) };
}

async function parse(raw: Uint8Array): Promise<Email | null> {
  try {
    return await PostalMime.parse(raw, { ...limits, forceRfc822Attachments: true });
  } catch {
    // Nested too deeply, or headers past the limit: not a report that any server writes.
    return null;
  }
}

function reportOf(email: Email): InboundReport {
  const feedback = partOf(email, /^message\/feedback-report$/);
  if (feedback !== undefined) return readFeedback(feedback);
  const status = partOf(email, /^message\/(global-)?delivery-status$/);
  if (status !== undefined) return readDeliveryStatus(status);
  const header = (name: string) => email.headers.find(({ key }) => key === name)?.value;
  const bounce = classifyPlainBounce(email.text ?? "");
  if (bounce) return bounce;
  return isAutoReply(header) ? { kind: "auto-reply" } : { kind: "other" };
}

/** Only what the recipient said themselves (RFC 5965, 7.3); a virus or a failed signature is nobody's complaint. */
function readFeedback(text: string): InboundReport {
  const type = readFieldGroups(text)
    .find((group) => group.has("feedback-type"))
    ?.get("feedback-type");
  return /^(abuse|fraud|opt-out)$/i.test(type ?? "") ? { kind: "complaint" } : { kind: "other" };
}

/** Each of our messages has one recipient, so that the first who failed is the one. */
function readDeliveryStatus(text: string): InboundReport {
  const recipients = readFieldGroups(text).filter((group) => group.has("action"));
  const failed = recipients.find((group) => is(group, "failed"));
  if (failed) {
    const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(failed.get("status") ?? "")?.[0];
    return classifyBounce(status, failed.get("diagnostic-code") ?? "");
  }
  return recipients.some((group) => is(group, "delayed")) ? { kind: "delay" } : { kind: "other" };
}

function is(group: FieldGroup, action: string): boolean {
  return group.get("action")?.toLowerCase().startsWith(action) ?? false;
}

/** Our links are in the returned message's List-Unsubscribe; its text is searched too, because old systems quote it there. */
function recipientOf(email: Email, tokens: Tokens): RecipientRef | null {
  const returned = partOf(email, /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/);
  return findSignedRecipient(
    `${returned ?? ""}
${email.text ?? ""}`,
    tokens,
  );
}

function partOf(email: Email, type: RegExp): string | undefined {
  const part = email.attachments.find(({ mimeType }) => type.test(mimeType.toLowerCase()));
  if (part === undefined) return undefined;
  return typeof part.content === "string" ? part.content : new TextDecoder().decode(part.content);
}
