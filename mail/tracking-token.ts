import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";

/** Who a tracking or unsubscribe link was made for. */
export interface RecipientRef {
  /** UUID. */
  sendId: string;
  contactId: string;
}

export interface Tokens {
  /** Names one recipient of one send; 44 to 54 characters, safe in a path. @throws TypeError when an id has the wrong form. */
  recipientToken(sendId: string, contactId: string): string;
  /** Null when the token was not made with one of the secrets. */
  readRecipientToken(token: string): RecipientRef | null;
  /** Signs a link target for one recipient, so that a click link cannot be turned into an open redirect. */
  urlMac(token: string, url: string): string;
  verifyUrlMac(token: string, url: string, mac: string): boolean;
  /** Signs what a Message-ID names: 20 characters, so that whoever answers or returns it has had the message. */
  messageCode(subject: string): string;
  verifyMessageCode(subject: string, code: string): boolean;
}

const macBytes = 16;
const sendIdBytes = 16;
/** 80 bits of hexadecimal digits, which survive systems that fold case. */
const codeDigits = 20;

/**
 * HMAC-SHA256 cut to 128 bits (RFC 2104, 5). Given several secrets, the first signs and all verify: rotate by putting the
 * new one first, and drop the old one when mail signed with it no longer matters.
 */
export function createTokens(secrets: string | readonly string[]): Tokens {
  const keys = [secrets].flat().map((secret) => createSecretKey(Buffer.from(secret, "utf8")));
  const [signingKey] = keys;
  if (!signingKey) throw new TypeError("At least one secret is needed.");
  const matches = (purpose: string, data: Buffer | string, mac: Buffer) =>
    keys.some((key) => timingSafeEqual(macOf(key, purpose, data), mac));

  return {
    recipientToken(sendId, contactId) {
      const payload = Buffer.concat([sendIdToBytes(sendId), contactIdToBytes(contactId)]);
      return Buffer.concat([payload, macOf(signingKey, "recipient", payload)]).toString("base64url");
    },
    readRecipientToken(token) {
      const bytes = decode(token);
      const payloadEnd = (bytes?.length ?? 0) - macBytes;
      if (!bytes || payloadEnd <= sendIdBytes || payloadEnd > sendIdBytes + 8) return null;
      const payload = bytes.subarray(0, payloadEnd);
      if (!matches("recipient", payload, bytes.subarray(payloadEnd))) return null;
      const hex = payload.toString("hex");
      const contactId = BigInt(`0x${hex.slice(sendIdBytes * 2)}`).toString();
      return { sendId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5"), contactId };
    },
    urlMac: (token, url) => macOf(signingKey, "url", `${token}\n${url}`).toString("base64url"),
    verifyUrlMac(token, url, mac) {
      const bytes = decode(mac);
      return bytes?.length === macBytes && matches("url", `${token}\n${url}`, bytes);
    },
    messageCode: (subject) => codeOf(signingKey, subject),
    verifyMessageCode: (subject, code) =>
      code.length === codeDigits &&
      keys.some((key) => timingSafeEqual(Buffer.from(codeOf(key, subject)), Buffer.from(code))),
  };
}

/** Purposes keep a code made for one thing from being taken for another. */
function macOf(key: KeyObject, purpose: string, data: Buffer | string): Buffer {
  return createHmac("sha256", key).update(`${purpose}\n`).update(data).digest().subarray(0, macBytes);
}

function codeOf(key: KeyObject, subject: string): string {
  return macOf(key, "message-id", subject).toString("hex").slice(0, codeDigits);
}

function decode(text: string): Buffer | null {
  // Buffer skips what is not base64; two spellings of one token would both be valid.
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}

function sendIdToBytes(sendId: string): Buffer {
  const bytes = Buffer.from(sendId.replaceAll("-", ""), "hex");
  if (bytes.length !== sendIdBytes || sendId.length !== 36) throw new TypeError("A send id is a UUID.");
  return bytes;
}

/** Big-endian without leading zeros: contact ids are 64-bit identities that begin small. */
function contactIdToBytes(contactId: string): Buffer {
  if (!/^[0-9]{1,19}$/.test(contactId)) throw new TypeError("A contact id is a whole number.");
  const hex = BigInt(contactId).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
