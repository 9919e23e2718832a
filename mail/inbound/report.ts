import PostalMime, { type Email } from "postal-mime";
import {
  classifyBounce,
  classifyPlainBounce,
  isAutoReply,
  type InboundReport,
} from "../../domain/bounces.js";
import { isWrittenByPerson } from "../../domain/person-mail.js";
import type { DmarcReport } from "../../domain/dmarc.js";
import type { MessageRef } from "../message-id.js";
import { readDmarcMessage } from "./dmarc.js";
import { readFieldGroups, type FieldGroup } from "./field-groups.js";
import { deliveryStatusOf, partOf } from "./parts.js";
import {
  answeredMessage,
  claimedBy,
  returnedMessage,
  signedAddressOf,
  type Claimed,
  type Signatures,
} from "./recipient.js";

export interface ReadReport {
  report: InboundReport;
  /** Whom it is about, by a signature of ours; null when it carries none. Shared: by one that stands in the message itself. */
  recipient: (MessageRef & { isShared: boolean }) | null;
  claimed: Claimed;
  /** It carries one, and is nothing else. */
  dmarc?: DmarcReport;
}

const limits = { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 };

/**
 * Reads a message that came back: DSN (RFC 3464, RFC 6533), feedback (RFC 5965), automatic replies (RFC 3834), the text of
 * systems that know none of these, unsubscribes by mail (RFC 2369), and what people write. Never throws: what cannot be read
 * is `other`.
 */
export async function readReport(raw: Uint8Array, signatures: Signatures): Promise<ReadReport> {
  const email = await parse(raw);
  if (!email)
    return { report: { kind: "other" }, recipient: null, claimed: { address: null, messageId: null } };
  const dmarc = await readDmarcMessage(email);
  if (dmarc) {
    const nobody = { recipient: null, claimed: { address: null, messageId: null } };
    if (dmarc.kind === "read") return { report: { kind: "other" }, ...nobody, dmarc: dmarc.report };
    return { report: { kind: "other", diagnostic: dmarc.problem }, ...nobody };
  }
  const report = machineReport(email) ?? letterOf(email, signatures);
  return { report, recipient: recipientOf(email, report, signatures), claimed: claimedBy(email) };
}

/** The address that it came to says it best: each recipient has one alone. */
function recipientOf(email: Email, { kind }: InboundReport, signatures: Signatures): ReadReport["recipient"] {
  const address = signedAddressOf(email, signatures);
  if (address) return { ...address.recipient, isShared: false };
  const message = (kind === "reply" ? answeredMessage : returnedMessage)(email, signatures);
  return message && { ...message, isShared: true };
}

async function parse(raw: Uint8Array): Promise<Email | null> {
  try {
    return await PostalMime.parse(raw, { ...limits, forceRfc822Attachments: true });
  } catch {
    // Nested too deeply, or headers past the limit: not a report that any server writes.
    return null;
  }
}

function machineReport(email: Email): InboundReport | null {
  const feedback = partOf(email, /^message\/feedback-report$/);
  if (feedback !== undefined) return readFeedback(feedback);
  if (isJunkReport(email)) return { kind: "complaint" };
  const status = deliveryStatusOf(email);
  if (status !== undefined) return readDeliveryStatus(status);
  const bounce = classifyPlainBounce(email.text ?? "");
  if (bounce) return bounce;
  return isAutoReply((name) => headerOf(email, name)) ? { kind: "auto-reply" } : null;
}

/** What is written to us: any message to an address for unsubscribing is one; a reply is a person's. */
function letterOf(email: Email, signatures: Signatures): InboundReport {
  const address = signedAddressOf(email, signatures);
  if (address?.purpose === "unsubscribe") return { kind: "unsubscribe" };
  if (!isWrittenByPerson((name) => headerOf(email, name))) return { kind: "other" };
  return address || answeredMessage(email, signatures) ? { kind: "reply" } : { kind: "other" };
}

/** Only what the recipient said themselves (RFC 5965, 7.3); a virus or a failed signature is nobody's complaint. */
function readFeedback(text: string): InboundReport {
  const type = readFieldGroups(text)
    .find((group) => group.has("feedback-type"))
    ?.get("feedback-type");
  return /^(abuse|fraud|opt-out)$/i.test(type ?? "") ? { kind: "complaint" } : { kind: "other" };
}

/** Microsoft's Junk Mail Reporting Program forwards what was called junk, and knows no feedback report. */
function isJunkReport(email: Email): boolean {
  const returned = partOf(email, /^message\/rfc822$/)?.slice(0, 20_000) ?? "";
  return /^x-hmxmroriginalrecipient:/im.test(returned);
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

function headerOf(email: Email, name: string): string | undefined {
  // The fields stand as they came; the subject, in whatever language, was decoded.
  if (name === "subject") return email.subject;
  return email.headers.find(({ key }) => key === name)?.value;
}
