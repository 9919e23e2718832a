import { createSealer, type Sealer } from "../../db/sealed.js";
import type { EncryptionKey } from "../../domain/encryption-key.js";
import { parseEncryptionKeys } from "../../runtime/encryption-keys.js";

/** A key of that id, in the notation of `FLOE_ENCRYPTION_KEYS`: always the same one. */
export function keyText(id: string): string {
  return `${id}:${Buffer.alloc(32, id).toString("base64")}`;
}

/** What the tests' worlds seal with. */
export const testKeys = keyText("test");

export function keysOf(text: string): EncryptionKey[] {
  const keys = parseEncryptionKeys(text);
  if ("problem" in keys) throw new Error(keys.problem);
  return keys;
}

export function sealerOf(text = testKeys): Sealer {
  return createSealer(keysOf(text));
}
