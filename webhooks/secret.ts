import { randomBytes } from "node:crypto";

const prefix = "whsec_";
const leastBytes = 24;
const mostBytes = 64;

/** A new secret of an endpoint: `whsec_` and 32 random bytes in base64. */
export function createWebhookSecret(): string {
  return prefix + randomBytes(32).toString("base64");
}

/**
 * Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
 * @returns what is wrong with it and what to do, without the secret; null when it is right
 */
export function problemOfWebhookSecret(secret: string): string | null {
  const shape = `must be "${prefix}" and ${leastBytes} to ${mostBytes} random bytes in base64`;
  if (!secret.startsWith(prefix)) return shape;
  const encoded = secret.slice(prefix.length);
  const key = Buffer.from(encoded, "base64");
  // Node decodes what it can; only what it would write itself is read alike by every receiver's library.
  if (key.toString("base64") !== encoded) return shape;
  return key.length >= leastBytes && key.length <= mostBytes ? null : shape;
}
