import { timingSafeEqual } from "node:crypto";
import { hashOfToken, newSecretToken } from "./secret-token.js";

/** `floe_<id>_<secret>`: the id finds the row, the secret is compared with its hash; scanners of leaks know the prefix. */
const pattern = /^floe_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

export function newKeySecret(): { secret: string; hash: Buffer } {
  const secret = newSecretToken();
  return { secret, hash: hashOfToken(secret) };
}

export function keyText(keyId: string, secret: string): string {
  return `floe_${keyId.replaceAll("-", "")}_${secret}`;
}

/** Null when it has not the form of a key. */
export function readKeyText(text: string): { keyId: string; hash: Buffer } | null {
  const [, hex, secret] = pattern.exec(text) ?? [];
  if (hex === undefined || secret === undefined) return null;
  const keyId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { keyId, hash: hashOfToken(secret) };
}

export function isOneOf(hash: Buffer, hashes: readonly Buffer[]): boolean {
  return hashes.some((known) => known.length === hash.length && timingSafeEqual(known, hash));
}
