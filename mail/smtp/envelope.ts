import { domainToASCII } from "node:url";
import type { Envelope, OutgoingMessage } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";

/** What a server said with EHLO that it can do. */
export interface Extensions {
  /** RFC 2920 */
  pipelining: boolean;
  /** RFC 3030: BDAT in place of DATA. */
  chunking: boolean;
  /** RFC 6152 */
  eightBitMime: boolean;
  /** RFC 6531 */
  smtpUtf8: boolean;
  /** RFC 1870 */
  size: boolean;
  /** Octets; 0 when the server names no limit. */
  maxBytes: number;
}

/** @param ehlo the reply to EHLO, lines separated by LF. */
export function readExtensions(ehlo: string): Extensions {
  const offers = new Map(
    ehlo.split("\n").map((line) => {
      const [keyword = "", parameter = ""] = line.slice(4).trim().toUpperCase().split(/\s+/);
      return [keyword, parameter];
    }),
  );
  return {
    pipelining: offers.has("PIPELINING"),
    chunking: offers.has("CHUNKING"),
    eightBitMime: offers.has("8BITMIME"),
    smtpUtf8: offers.has("SMTPUTF8"),
    size: offers.has("SIZE"),
    maxBytes: Number(offers.get("SIZE")) || 0,
  };
}

/** Why a message cannot be sent over a connection that offers these extensions; null when it can. Nothing is written. */
export function obstacle(
  { envelope, bytes }: OutgoingMessage,
  offered: Pick<Extensions, "smtpUtf8" | "maxBytes">,
): SendOutcome | null {
  if (!isSafe(envelope)) return { kind: "skipped", reason: "invalid-message", detail: "envelope" };
  if (offered.maxBytes > 0 && bytes.length > offered.maxBytes)
    return { kind: "rejected", reason: "too-large" };
  if (!offered.smtpUtf8 && needsUtf8(envelope)) return { kind: "rejected", reason: "our-fault" };
  return null;
}

/** Only an international local part needs SMTPUTF8: domains travel as A-labels. */
export function needsUtf8({ from, to }: Envelope): boolean {
  return !isPlain(from.slice(0, from.lastIndexOf("@"))) || !isPlain(to.slice(0, to.lastIndexOf("@")));
}

/** The address with its domain as A-label. */
export function asciiDomain(address: string): string {
  // Asked first: making an A-label costs more than all else about an envelope.
  if (isPlain(address)) return address;
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return at < 0 ? address : address.slice(0, at + 1) + (domainToASCII(domain) || domain);
}

/** An address that could end its command early (RFC 5321, 4.1.2) never reaches a connection. */
function isSafe({ from, to }: Envelope): boolean {
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  return !/[\u0000-\u0020\u007f<>\s]/.test(`${from}${to}`);
}

function isPlain(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text);
}
