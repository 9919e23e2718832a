import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";
import type { RecipientRef } from "./tracking-token.js";

/** An address of ours that mail can be sent to: for what comes back, or for those who want no more mail. */
export interface SignedAddress {
  purpose: "return-path" | "unsubscribe";
  recipient: RecipientRef;
}

export interface ReturnPaths {
  /** VERP: the envelope sender that carries the recipient back in a bounce. @throws TypeError when an id has the wrong form. */
  address(recipient: RecipientRef, domain: string): string;
  /** Any message to it unsubscribes the recipient. @throws TypeError when an id has the wrong form. */
  unsubscribeAddress(recipient: RecipientRef, domain: string): string;
  /** Null when the address was not made with the secret: nobody can make up a bounce of somebody else's mail. */
  read(address: string): SignedAddress | null;
}

/** 80 bits: guessing one takes more connections than a listener answers in its lifetime. */
const macBytes = 10;
/** Base 36 survives systems that fold case; at most 58 octets of the 64 that a local part may have (RFC 5321, 4.5.3.1.1). */
const pattern = /^([bu])\+([0-9a-z]{1,25})\.([0-9a-z]{1,13})\.([0-9a-z]{1,16})@/i;

/** Both purposes share a code: whoever can make a bounce of a message can have its recipient suppressed by either. */
export function createReturnPaths(secret: string): ReturnPaths {
  const key = createSecretKey(Buffer.from(secret, "utf8"));
  const addressOf = (prefix: "b" | "u", { sendId, contactId }: RecipientRef, domain: string): string => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sendId))
      throw new TypeError("A send id is a UUID.");
    const send = BigInt(`0x${sendId.replaceAll("-", "")}`).toString(36);
    const contact = BigInt(contactId).toString(36);
    return `${prefix}+${send}.${contact}.${codeOf(key, send, contact)}@${domain}`;
  };
  return {
    address: (recipient, domain) => addressOf("b", recipient, domain),
    unsubscribeAddress: (recipient, domain) => addressOf("u", recipient, domain),
    read(address) {
      const [, prefix, send, contact, code] = pattern.exec(address.toLowerCase()) ?? [];
      if (send === undefined || contact === undefined || code === undefined) return null;
      if (!isSame(code, codeOf(key, send, contact))) return null;
      const hex = fromBase36(send).toString(16).padStart(32, "0");
      return {
        purpose: prefix === "u" ? "unsubscribe" : "return-path",
        recipient: {
          sendId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
          contactId: fromBase36(contact).toString(),
        },
      };
    },
  };
}

function codeOf(key: KeyObject, send: string, contact: string): string {
  const mac = createHmac("sha256", key).update(`return-path\n${send}.${contact}`).digest("hex");
  return BigInt(`0x${mac.slice(0, 2 * macBytes)}`).toString(36);
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function fromBase36(text: string): bigint {
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return value;
}
