import { createHash, randomBytes } from "node:crypto";

/** 256 random bits that somebody is given to show; what is kept of them is their hash. */
export function newSecretToken(): string {
  return randomBytes(32).toString("base64url");
}

/** SHA-256: as many bits cannot be guessed, so that no slow hash is needed. */
export function hashOfToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
