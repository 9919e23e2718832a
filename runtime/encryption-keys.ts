import { createSecretKey } from "node:crypto";
import type { EncryptionKey } from "../domain/encryption-key.js";

const idPattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const base64Pattern = /^[A-Za-z0-9+/_-]+={0,2}$/;
const keyBytes = 32;

/**
 * `id:key`, several with commas between: the first seals, all open. A key is 32 bytes in base64 (or base64url).
 * @returns none of an empty text; else what is wrong, never with a key in it
 */
export function parseEncryptionKeys(text: string): EncryptionKey[] | { problem: string } {
  const keys: EncryptionKey[] = [];
  for (const part of text.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const colon = part.indexOf(":");
    const [id, encoded] = [part.slice(0, colon), part.slice(colon + 1)];
    // What stands before the colon may be a key whose id was forgotten: it is not repeated.
    const which = `key ${keys.length + 1}`;
    if (colon < 0) return { problem: `${which} has no id; ${notation}` };
    if (!idPattern.test(id)) {
      return { problem: `the id of ${which} must be 1 to 32 lower-case letters, digits, - or _` };
    }
    if (keys.some((known) => known.id === id)) return { problem: `has the id ${id} twice` };
    const bytes = base64Pattern.test(encoded) ? Buffer.from(encoded, "base64") : Buffer.alloc(0);
    if (bytes.length !== keyBytes)
      return { problem: `key ${id} is not ${keyBytes} bytes in base64; ${notation}` };
    keys.push({ id, key: createSecretKey(bytes) });
  }
  return keys;
}

const notation = 'give id:key, such as "main:" and what `openssl rand -base64 32` prints';
