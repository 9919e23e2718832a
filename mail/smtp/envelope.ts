import { domainToASCII } from "node:url";
import type { Envelope, OutgoingMessage } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";
import type { Extensions } from "./extensions.js";

/** An envelope as commands carry it. */
export interface WireEnvelope extends Envelope {
  /** A local part needs SMTPUTF8 (RFC 6531). Domains never do: they travel as A-labels. */
  utf8: boolean;
}

/** The envelope with its domains as A-labels; null when an address could end its command early (RFC 5321, 4.1.2). */
export function wireEnvelope({ from, to }: Envelope): WireEnvelope | null {
  // Nearly all are, and then nothing else is to be asked: one test of each costs 0.1 µs.
  if (isPlain(from) && isPlain(to)) return { from, to, utf8: false };
  if (!isSafe(from) || !isSafe(to)) return null;
  return { from: asciiDomain(from), to: asciiDomain(to), utf8: needsUtf8(from) || needsUtf8(to) };
}

/** Why a message cannot be sent over a connection that offers these extensions; null when it can. Nothing is written. */
export function obstacle(
  { bytes }: OutgoingMessage,
  envelope: WireEnvelope | null,
  { maxBytes, smtpUtf8 }: Extensions,
): SendOutcome | null {
  if (!envelope) return { kind: "skipped", reason: "invalid-message", detail: "envelope" };
  if (maxBytes > 0 && bytes.length > maxBytes) return { kind: "rejected", reason: "too-large" };
  if (envelope.utf8 && !smtpUtf8) return { kind: "rejected", reason: "our-fault" };
  return null;
}

/** Printable ASCII without brackets. */
function isPlain(address: string): boolean {
  return /^[\x21-\x3b\x3d\x3f-\x7e]*$/.test(address);
}

function isSafe(address: string): boolean {
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  return !/[\u0000-\u0020\u007f<>\s]/.test(address);
}

function asciiDomain(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return at < 0 ? address : address.slice(0, at + 1) + (domainToASCII(domain) || domain);
}

function needsUtf8(address: string): boolean {
  return !isPlain(address.slice(0, address.lastIndexOf("@")));
}
