import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { EncryptionKey } from "../domain/encryption-key.js";

/** AES-256-GCM under several keys: the first seals, all open, so that keys rotate while everything runs. */
export interface Keyring {
  /** Null when there are no keys. */
  readonly firstId: string | null;
  has(keyId: string): boolean;
  /** @param bound must be given again to open: binds what is sealed to its place. */
  seal(plain: Uint8Array, bound: string): { keyId: string; sealed: Buffer };
  /** @throws when the key is not there, is another one, or anything was changed */
  open(keyId: string, sealed: Uint8Array, bound: string): Buffer;
}

const cipher = "aes-256-gcm";
/** NIST SP 800-38D, 8.2: 96 bits; at random, for at most 2^32 times a key. */
const ivBytes = 12;
const tagBytes = 16;

/** What is sealed is IV, tag and ciphertext, one after the other. */
export function createKeyring(keys: readonly EncryptionKey[]): Keyring {
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  const [first] = keys;
  return {
    firstId: first?.id ?? null,
    has: (keyId) => byId.has(keyId),
    seal(plain, bound) {
      if (!first) throw new TypeError("There is no key to seal with.");
      const iv = randomBytes(ivBytes);
      const sealing = createCipheriv(cipher, first.key, iv).setAAD(Buffer.from(bound));
      const ciphertext = Buffer.concat([sealing.update(plain), sealing.final()]);
      return { keyId: first.id, sealed: Buffer.concat([iv, sealing.getAuthTag(), ciphertext]) };
    },
    open(keyId, sealed, bound) {
      const key = byId.get(keyId);
      if (!key) throw new TypeError(`There is no key ${keyId}.`);
      const opening = createDecipheriv(cipher, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(bound))
        .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
      return Buffer.concat([opening.update(sealed.subarray(ivBytes + tagBytes)), opening.final()]);
    },
  };
}
